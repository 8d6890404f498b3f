/* `kumiki check --json`: the document "check". */
#ifndef COMMAND_CHECK_JSON_H
#define COMMAND_CHECK_JSON_H

#include <host/model.h>
#include <stdio.h>

/* Checks the files. True: all of them are good. */
bool check_json(char *const files[], const struct model_options *options, FILE *out);

#endif
