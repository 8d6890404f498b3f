/* The files that the keeper serves, as they are in keeper/page (files.S). */
#ifndef KEEPER_FILES_H
#define KEEPER_FILES_H

extern const char files_page_html[], files_page_html_end[];
extern const char files_page_css[], files_page_css_end[];
extern const char files_page_js[], files_page_js_end[];
extern const char files_plots_js[], files_plots_js_end[];
extern const char files_icon_svg[], files_icon_svg_end[];
extern const char files_openapi_json[], files_openapi_json_end[];
extern const char files_schema_json[], files_schema_json_end[];

#endif
