package main

import "slices"

// read reads all that was chosen, flags, environment and file, and what files of users say. It changes nothing, so
// that it can be called again when any of them has changed: running is what a server was started by then, else nil.
// What only a restart changes stays as it is there, so that all else is judged by what is in force.
func read(args, environ []string, running settings) (options, userFiles, []mistake) {
	typed, rest, mistakes := scan(args)
	env, wrong := readEnvironment(environ)
	mistakes = append(mistakes, wrong...)
	stronger, wrong := takeSites(typed)
	mistakes = append(mistakes, wrong...)
	weaker, wrong := takeSites(env)
	mistakes = append(mistakes, wrong...)
	file, wrong := readConfigFile(typed.over(env).only([]string{"config"}))
	mistakes = append(mistakes, wrong...)

	sites := mergeSites(stronger, mergeSites(weaker, file.sites))
	all := typed.over(env.over(file.settings))
	var late []string
	var next *options
	if running != nil {
		o, wrong := all.flags().parse(rest, sites)
		mistakes = append(mistakes, wrong...)
		next = &o
		all, late = all.running(running)
		was, _ := all.flags().parse(rest, nil)
		late = slices.DeleteFunc(late, func(name string) bool { return startedBy(name, &o) == startedBy(name, &was) })
	}
	o, wrong := all.flags().parse(rest, sites)
	mistakes = append(mistakes, wrong...)
	o.file, o.late, o.next = file.found, late, next
	files, wrong := o.openUsers()
	mistakes = append(mistakes, wrong...)
	return o, files, distinct(append(mistakes, o.checkPassword()...))
}
