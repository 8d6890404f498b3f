/*
 * Tables of bad cases, FOLDER/SUBJECT.cases: what a case holds, and the words with which it is
 * refused, or warned of. tests/descriptions/README.md says how they look.
 */
#ifndef UNIT_TOOLS_BAD_CASES_H
#define UNIT_TOOLS_BAD_CASES_H

#include <host/model.h>

/* Loads what `path` holds, and prints the complaints. True: it is refused. */
typedef bool bad_load(const char *path, const struct model_options *options, FILE *complaints);

/* Tries all cases of the folder's tables; fails where a case doesn't get its words, or where there
 * are fewer than `least` cases. */
void bad_cases_check(const char *folder, size_t least, bad_load *load);

#endif
