/* The lines of a rule file as words. A word ends at a blank; one in quotes, at the closing one. */
#ifndef RULES_SOURCE_H
#define RULES_SOURCE_H

#include <host/complaints.h>

#define SOURCE_WORDS 32u /* of a line */

struct source_word {
	const char *text; /* without the quotes */
	struct dts_place place;
	bool quoted;
};

struct source_line {
	struct source_word word[SOURCE_WORDS];
	uint32_t words;
};

struct source {
	const char *next; /* the text that is left; it ends with a NUL */
	struct dts_place place;
};

/* The next line that has words; behind a '\\' at its end it goes on. False: there is none.
 * Complains of what is no word, and leaves that line out. */
bool source_line(struct source *source, struct complaints *complaints, struct source_line *line);

#endif
