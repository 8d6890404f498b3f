/* The files that the keeper serves, each between two symbols: see files.h. */
	.macro	file name, path
	.globl	\name, \name\()_end
\name:
	.incbin	"\path"
\name\()_end:
	.endm

	.section .rodata
	file	files_page_html, "keeper/page/page.html"
	file	files_page_css, "keeper/page/page.css"
	file	files_page_js, "keeper/page/page.js"
	file	files_plots_js, "keeper/page/plots.js"
	file	files_icon_svg, "keeper/page/icon.svg"
	file	files_openapi_json, "keeper/page/openapi.json"
	file	files_schema_json, "tools/schema/kumiki.schema.json"

	.section .note.GNU-stack, "", %progbits
