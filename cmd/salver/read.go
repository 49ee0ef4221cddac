package main

// read reads all that was chosen, flags, environment and file, and what files of users say. It changes nothing, so
// that it can be called again when any of them has changed.
func read(args, environ []string) (options, userFiles, []mistake) {
	typed, rest, mistakes := scan(args)
	env, wrong := readEnvironment(environ)
	mistakes = append(mistakes, wrong...)
	stronger, wrong := takeSites(typed)
	mistakes = append(mistakes, wrong...)
	weaker, wrong := takeSites(env)
	mistakes = append(mistakes, wrong...)
	file, wrong := readConfigFile(typed.over(env).only([]string{"config"}))
	mistakes = append(mistakes, wrong...)

	all := typed.over(env.over(file.settings))
	o, wrong := all.flags().parse(rest, mergeSites(stronger, mergeSites(weaker, file.sites)))
	mistakes = append(mistakes, wrong...)
	o.file = file.found
	files, wrong := o.openUsers()
	return o, files, distinct(append(mistakes, wrong...))
}
