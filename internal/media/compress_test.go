package media

import (
	"slices"
	"strings"
	"testing"
)

// What mime-db@1.54.0 marks as compressible, text/*, +json and +xml apart, and what it marks
// as not compressible.
const (
	databaseSaysYes = `
	application/dart application/ecmascript application/javascript application/json application/octet-stream application/postscript application/rtf
	application/tar application/toml application/vnd.dart application/vnd.ms-fontobject application/vnd.ms-opentype application/wasm
	application/x-httpd-php application/x-javascript application/x-ns-proxy-autoconfig application/x-sh application/x-tar application/x-virtualbox-hdd
	application/x-virtualbox-ova application/x-virtualbox-ovf application/x-virtualbox-vbox application/x-virtualbox-vdi application/x-virtualbox-vhd
	application/x-virtualbox-vmdk application/x-www-form-urlencoded application/xml application/xml-dtd font/otf font/ttf image/bmp
	image/vnd.adobe.photoshop image/vnd.microsoft.icon image/vnd.ms-dds image/x-icon image/x-ms-bmp message/rfc822 model/gltf-binary x-shader/x-fragment
	x-shader/x-vertex`
	databaseSaysNo = `
	application/appinstaller application/appx application/appxbundle application/automationml-amlx+zip application/bacnet-xdd+zip application/bdoc
	application/edi-x12 application/edifact application/epub+zip application/font-woff application/gzip application/java-archive
	application/java-serialized-object application/java-vm application/lpf+zip application/msix application/msixbundle application/msword application/ogg
	application/p21+zip application/pdf application/pgp-encrypted application/prs.hpub+zip application/ubjson
	application/vnd.adobe.air-application-installer-package+zip application/vnd.android.package-archive application/vnd.apple.pkpass
	application/vnd.belightsoft.lhzd+zip application/vnd.belightsoft.lhzl+zip application/vnd.comicbook+zip application/vnd.d2l.coursepackage1p0+zip
	application/vnd.eln+zip application/vnd.espass-espass+zip application/vnd.etsi.asic-e+zip application/vnd.etsi.asic-s+zip
	application/vnd.exstream-empower+zip application/vnd.familysearch.gedcom+zip application/vnd.ficlab.flb+zip application/vnd.google-apps.document
	application/vnd.google-apps.drawing application/vnd.google-apps.drive-sdk application/vnd.google-apps.folder application/vnd.google-apps.form
	application/vnd.google-apps.jam application/vnd.google-apps.map application/vnd.google-apps.presentation application/vnd.google-apps.script
	application/vnd.google-apps.site application/vnd.google-apps.spreadsheet application/vnd.google-earth.kmz application/vnd.gov.sk.e-form+zip
	application/vnd.imagemeter.folder+zip application/vnd.imagemeter.image+zip application/vnd.iso11783-10+zip application/vnd.keyman.kmp+zip
	application/vnd.logipipe.circuit+zip application/vnd.maxar.archive.3tz+zip application/vnd.ms-excel application/vnd.ms-outlook
	application/vnd.ms-powerpoint application/vnd.ms-xpsdocument application/vnd.nato.openxmlformats-package.iepd+zip
	application/vnd.oasis.opendocument.graphics application/vnd.oasis.opendocument.presentation application/vnd.oasis.opendocument.spreadsheet
	application/vnd.oasis.opendocument.text application/vnd.openxmlformats-officedocument.presentationml.presentation
	application/vnd.openxmlformats-officedocument.spreadsheetml.sheet application/vnd.openxmlformats-officedocument.wordprocessingml.document
	application/x-7z-compressed application/x-arj application/x-bdoc application/x-bzip application/x-bzip2 application/x-deb application/x-dvi
	application/x-java-jnlp-file application/x-latex application/x-mpegurl application/x-pkcs12 application/x-rar-compressed application/x-shockwave-flash
	application/x-stuffit application/x-virtualbox-vbox-extpack application/x-xpinstall application/zip audio/3gpp audio/basic audio/l24 audio/mp3
	audio/mp4 audio/mpeg audio/ogg audio/vnd.rn-realaudio audio/vnd.wave audio/vorbis audio/wav audio/wave audio/webm audio/x-aac audio/x-caf image/apng
	image/avif image/gif image/jp2 image/jpeg image/jpm image/jpx image/pjpeg image/png image/tiff image/x-xcf message/http message/partial model/iges
	model/mesh model/step+zip model/step-xml+zip model/vnd.usdz+zip model/vrml model/x3d+binary model/x3d+vrml multipart/alternative multipart/encrypted
	multipart/form-data multipart/related multipart/signed video/mp4 video/mpeg video/ogg video/quicktime video/webm video/x-flv video/x-matroska
	video/x-ms-wmv`
)

// departures are the types of which Compressible says something else, with the reason.
var departures = map[string]string{
	"application/octet-stream":      "says nothing of the content",
	"application/tar":               "as often as not an archive of what is compressed",
	"application/x-tar":             "as application/tar",
	"application/x-virtualbox-hdd":  "images of disks are no text, and too long",
	"application/x-virtualbox-ova":  "as the images",
	"application/x-virtualbox-ovf":  "as the images",
	"application/x-virtualbox-vbox": "as the images",
	"application/x-virtualbox-vdi":  "as the images",
	"application/x-virtualbox-vhd":  "as the images",
	"application/x-virtualbox-vmdk": "as the images",
	"application/x-latex":           "is text",
	"application/x-mpegurl":         "is text",
	"model/iges":                    "is text",
	"model/mesh":                    "is text",
	"model/vrml":                    "is text",
	"model/x3d+vrml":                "is text",
}

func TestCompressibleDatabase(t *testing.T) {
	yes, no := strings.Fields(databaseSaysYes), strings.Fields(databaseSaysNo)
	if len(yes) != 40 || len(no) != 135 {
		t.Errorf("%d and %d types", len(yes), len(no))
	}
	for _, m := range yes {
		if _, departs := departures[m]; Compressible(m) == departs {
			t.Errorf("Compressible(%s) = %v; departs: %v", m, !departs, departs)
		}
		if Compressed(m) {
			t.Errorf("%s is compressed", m)
		}
	}
	for _, m := range no {
		if _, departs := departures[m]; Compressible(m) != departs {
			t.Errorf("Compressible(%s) = %v; departs: %v", m, !departs, departs)
		}
	}
	for m := range departures {
		if !slices.Contains(yes, m) && !slices.Contains(no, m) {
			t.Errorf("%s departs from nothing", m)
		}
	}
}

// TestCompressByName puts the names that people serve in one of three classes.
func TestCompressByName(t *testing.T) {
	const (
		compressible = "html htm xhtml css js mjs cjs json map jsonld webmanifest geojson json5 ndjson txt log md csv tsv xml xsl atom rss svg wasm ttf otf ttc eot ico bmp " +
			"vtt srt yaml yml toml sql ics vcf ts tsx go py c rs sh mpd m3u8 m3u kml gpx gltf glb obj stl rtf ps eps tex nt nq trig rq eml"
		compressed = "jpg jpeg png apng gif webp avif heic heif jxl jp2 djvu mp3 m4a aac ogg opus oga flac weba mp4 m4v webm mkv mov avi mpg ts.mts m4s 3gp ogv " +
			"zip gz tgz zst br xz bz2 7z rar lz4 lzma z jar war apk deb rpm appx xpi crx dmg epub kmz docx xlsx pptx docm xlsm potx odt ods odp ott woff woff2 pdf swf parquet " +
			"pages numbers mobi 3mf.zip cbz lottie xps oxps"
		neither = "wav aif mid tar iso exe dll msi bin doc xls ppt psd.tif tif tiff sqlite der unheard-of"
	)
	types := mustNew(t, nil, "", nil)
	for _, c := range []struct {
		names                    string
		compressible, compressed bool
	}{{compressible, true, false}, {compressed, false, true}, {neither, false, false}} {
		for _, ext := range strings.Fields(c.names) {
			m := types.Of("a." + ext).MediaType
			if Compressible(m) != c.compressible || Compressed(m) != c.compressed {
				t.Errorf(".%s is %s: Compressible %v, Compressed %v; want %v, %v", ext, m, Compressible(m), Compressed(m), c.compressible, c.compressed)
			}
		}
	}
}

func TestCompressTable(t *testing.T) {
	for line := range strings.Lines(rows) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		m := parseRow(rest).MediaType
		yes, no := Compressible(m), Compressed(m)
		if yes && no {
			t.Errorf("%s is compressible and compressed", m)
		}
		for _, suffix := range []string{"+json", "+xml", "+yaml"} {
			if strings.HasSuffix(m, suffix) && !yes {
				t.Errorf("%s is not compressible", m)
			}
		}
		if (strings.HasSuffix(m, "+zip") || strings.HasPrefix(m, "video/") && !yes) && !no {
			t.Errorf("%s is not compressed", m)
		}
		if strings.HasPrefix(m, "text/") && !yes {
			t.Errorf("%s is not compressible", m)
		}
	}
}

func TestCompressSyntax(t *testing.T) {
	for m, want := range map[string][2]bool{
		"Text/HTML; charset=utf-8":        {true, false},
		"APPLICATION/JSON ;a=\"+zip\"":    {true, false},
		"image/SVG+XML":                   {true, false},
		"x/y+json":                        {true, false},
		"application/a+b+xml":             {true, false},
		"text/event-stream":               {false, false},
		"text/Event-Stream;charset=utf-8": {false, false},
		"application/ld+json+zip":         {false, true},
		"model/x+zip; v=1":                {false, true},
		"Image/PNG":                       {false, true},
		"audio/unheard-of":                {false, true},
		"video/unheard-of":                {false, true},
		"application/unheard-of":          {false, false},
		"image/unheard-of":                {false, false},
		"":                                {false, false},
		"text":                            {false, false},
		"text/":                           {false, false},
		"audio":                           {false, false},
		"video/":                          {false, false},
		"+json":                           {false, false},
		"a/+json":                         {false, false},
		"json":                            {false, false},
	} {
		if got := [2]bool{Compressible(m), Compressed(m)}; got != want {
			t.Errorf("%q: Compressible, Compressed = %v, want %v", m, got, want)
		}
	}
}

func TestCompressDoesNotAllocate(t *testing.T) {
	for _, m := range []string{"text/html; charset=utf-8", "application/json", "image/svg+xml", "application/vnd.oasis.opendocument.text", "model/unheard-of"} {
		if n := testing.AllocsPerRun(100, func() { Compressible(m); Compressed(m) }); n != 0 {
			t.Errorf("%q allocates %v times", m, n)
		}
	}
}
