package media

import (
	"slices"
	"strings"
)

// Compressible reports whether content of a media type is worth compressing: text, and what
// shrinks as text does. The parameters and the case of the type do not matter. A stream of
// events is not compressible, for a coder would hold events back.
//
// What neither Compressible nor [Compressed] knows may be either. Content that a file holds
// in a coding already ([Type].Coding) has the type of what is inside.
func Compressible(mediaType string) bool {
	top, sub := essence(mediaType)
	switch top {
	case "text":
		return sub != "" && sub != "event-stream"
	case "application":
		return compressibleApplication(sub) || textSuffix(sub)
	case "audio":
		return sub == "mpegurl" || sub == "x-mpegurl" // playlists
	case "chemical":
		return oneOf(sub, "x-cif", "x-cml", "x-csml", "x-xyz")
	case "font":
		return oneOf(sub, "collection", "otf", "sfnt", "ttf")
	case "image":
		return compressibleImage(sub) || textSuffix(sub)
	case "message":
		return oneOf(sub, "global", "news", "rfc822") || textSuffix(sub)
	case "model":
		return compressibleModel(sub) || textSuffix(sub)
	case "video":
		return sub == "vnd.mpegurl"
	case "x-shader":
		return oneOf(sub, "x-fragment", "x-vertex")
	}
	return textSuffix(sub)
}

// compressibleApplication is Compressible of application/sub.
func compressibleApplication(sub string) bool {
	switch sub {
	case "ecmascript", "javascript", "x-javascript", "dart", "vnd.dart", "wasm", "x-ns-proxy-autoconfig":
	case "json", "json5", "jsonl", "x-jsonl", "hjson", "ndjson", "x-ndjson", "json-seq":
	case "xml", "xml-dtd", "xml-external-parsed-entity", "xfdf", "relax-ng-compact-syntax", "x-nzb":
	case "n-quads", "n-triples", "trig", "sparql-query", "sparql-update":
	case "toml", "yaml", "x-yaml", "sql", "x-sql", "graphql", "yang", "sieve", "sdp", "srgs", "cwl":
	case "x-sh", "x-csh", "x-tcl", "x-perl", "x-httpd-php", "x-php", "x-python", "x-ruby":
	case "postscript", "rtf", "x-tex", "x-latex", "x-texinfo", "x-troff", "mbox", "mathematica":
	case "vnd.apple.mpegurl", "x-mpegurl", "x-subrip", "x-chess-pgn", "x-research-info-systems", "x-www-form-urlencoded":
	case "vnd.ms-fontobject", "vnd.ms-opentype", "x-font-ttf", "x-font-truetype", "x-font-otf", "x-font-opentype", "x-font-bdf", "x-font-pcf":
	default:
		return false
	}
	return true
}

// compressibleImage is Compressible of image/sub: points one after the other, or drawings.
func compressibleImage(sub string) bool {
	switch sub {
	case "bmp", "x-bmp", "x-ms-bmp", "vnd.microsoft.icon", "x-icon", "vnd.ms-dds", "vnd.adobe.photoshop":
	case "x-portable-anymap", "x-portable-bitmap", "x-portable-graymap", "x-portable-pixmap", "x-xbitmap", "x-xpixmap":
	case "cgm", "emf", "wmf", "vnd.dxf":
	default:
		return false
	}
	return true
}

// compressibleModel is Compressible of model/sub.
func compressibleModel(sub string) bool {
	return oneOf(sub, "gltf-binary", "iges", "mesh", "mtl", "obj", "step", "stl", "vnd.collada+xml", "vnd.usda", "vrml", "x3d-vrml", "x3d+vrml")
}

// textSuffix reports whether a subtype says that its syntax is a text (RFC 6839, RFC 9512).
func textSuffix(sub string) bool {
	plus := strings.LastIndexByte(sub, '+')
	return plus > 0 && oneOf(sub[plus+1:], "json", "json-seq", "xml", "yaml")
}

// Compressed reports whether content of a media type is compressed by itself, so that no
// coding makes it much shorter. The parameters and the case of the type do not matter.
//
// A PDF is taken for compressed: its streams are, and its readers ask for ranges.
func Compressed(mediaType string) bool {
	top, sub := essence(mediaType)
	switch top {
	case "application":
		if compressedApplication(sub) {
			return true
		}
	case "audio":
		return sub != "" && !plainAudio(sub)
	case "font":
		return oneOf(sub, "woff", "woff2")
	case "image":
		return compressedImage(sub)
	case "video":
		return sub != "" && !oneOf(sub, "raw", "vnd.mpegurl", "x-raw", "x-yuv")
	}
	plus := strings.LastIndexByte(sub, '+')
	return plus > 0 && oneOf(sub[plus+1:], "gzip", "zip", "zstd")
}

// plainAudio reports whether audio/sub is samples one after the other, or notes.
func plainAudio(sub string) bool {
	switch sub {
	case "wav", "wave", "vnd.wave", "x-wav", "aiff", "x-aiff", "basic", "l8", "l16", "l20", "l24", "x-caf":
	case "midi", "mobile-xmf", "s3m", "sp-midi", "x-midi", "xm", "mpegurl", "x-mpegurl":
	default:
		return false
	}
	return true
}

// compressedImage is Compressed of image/sub.
func compressedImage(sub string) bool {
	switch sub {
	case "jpeg", "jpg", "pjpeg", "png", "apng", "x-png", "gif", "webp", "jxl", "x-jng", "vnd.djvu":
	case "avci", "avcs", "avif", "avif-sequence", "heic", "heic-sequence", "heif", "heif-sequence":
	case "hej2k", "jls", "jp2", "jph", "jphc", "jpm", "jpx", "jxr", "jxra", "jxrs", "jxs", "jxsc", "jxsi", "jxss", "vnd.ms-photo":
	default:
		return false
	}
	return true
}

// compressedApplication is Compressed of application/sub.
func compressedApplication(sub string) bool {
	switch sub {
	case "gzip", "x-gzip", "zstd", "x-zstd", "x-brotli", "brotli", "x-xz", "x-bzip", "x-bzip2", "x-compress", "x-lz4", "x-lzip", "x-lzma":
	case "zip", "x-zip-compressed", "x-7z-compressed", "vnd.rar", "x-rar-compressed", "x-ace-compressed", "x-arj", "x-freearc":
	case "x-lzh-compressed", "x-stuffit", "x-stuffitx", "x-cbr", "vnd.ms-cab-compressed", "x-apple-diskimage":
	case "java-archive", "vnd.android.package-archive", "vnd.debian.binary-package", "x-deb", "x-redhat-package-manager", "x-rpm":
	case "appx", "appxbundle", "msix", "msixbundle", "vnd.apple.pkpass", "x-chrome-extension", "x-xpinstall", "x-silverlight-app":
	case "pdf", "vnd.ms-xpsdocument", "oxps", "vnd.google-earth.kmz", "vnd.recordare.musicxml", "vnd.apache.parquet":
	case "font-woff", "font-woff2", "x-font-woff", "ogg", "mp4", "vnd.rn-realmedia", "vnd.rn-realmedia-vbr", "x-shockwave-flash", "x-mobipocket-ebook":
	case "vnd.apple.keynote", "vnd.apple.numbers", "vnd.apple.pages":
	default:
		// Whole families of office documents are archives by zip.
		return strings.HasPrefix(sub, "vnd.openxmlformats-officedocument.") && !textSuffix(sub) ||
			strings.HasPrefix(sub, "vnd.oasis.opendocument.") && !strings.HasSuffix(sub, "-flat-xml") ||
			strings.HasPrefix(sub, "vnd.ms-") && strings.HasSuffix(sub, ".12") ||
			strings.HasPrefix(sub, "zip+") // application/zip+dotlottie
	}
	return true
}

// essence returns both parts of a media type in lower case, without parameters. sub is ""
// for what is no media type.
func essence(mediaType string) (top, sub string) {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	top, sub, _ = strings.Cut(strings.ToLower(strings.Trim(mediaType, " \t")), "/")
	return top, sub
}

func oneOf(s string, those ...string) bool { return slices.Contains(those, s) }
