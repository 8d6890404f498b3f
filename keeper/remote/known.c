/* The pages whose certificate is known: see remote.h. A line is HOST:PORT and the fingerprint. */
#include "remote.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KNOWN_FOLDER "kumiki"
#define KNOWN_FILE   "known-pages"

/* The folder for settings, from malloc(). NULL: there is no home, or no memory. */
static char *known_settings(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *folder = NULL;

	if (config != NULL && *config == '/')
		return strdup(config);
	return home != NULL && asprintf(&folder, "%s/.config", home) >= 0 ? folder : NULL;
}

/* From malloc(). With `makes` the folders above are made. */
static char *known_path(bool makes)
{
	char *settings = known_settings(), *path = NULL;

	if (settings != NULL && asprintf(&path, "%s/" KNOWN_FOLDER "/" KNOWN_FILE, settings) < 0)
		path = NULL;
	if (path != NULL && makes) {
		(void)mkdir(settings, S_IRWXU);
		path[strlen(settings) + sizeof(KNOWN_FOLDER)] = '\0';
		(void)mkdir(path, S_IRWXU);
		path[strlen(settings) + sizeof(KNOWN_FOLDER)] = '/';
	}
	free(settings);
	return path;
}

bool known_mark(const char *text, char mark[REMOTE_MARK_SIZE])
{
	if (strlen(text) != REMOTE_MARK_SIZE - 1)
		return false;
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return false;
		mark[i] = (char)toupper((unsigned char)text[i]);
	}
	mark[REMOTE_MARK_SIZE - 1] = '\0';
	return true;
}

bool known_find(const char *page, char mark[REMOTE_MARK_SIZE])
{
	char *path = known_path(false), line[REMOTE_HOST_SIZE + REMOTE_MARK_SIZE + 2];
	FILE *file = path != NULL ? fopen(path, "re") : NULL;
	const size_t size = strlen(page);
	bool found = false;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) { /* the last one holds */
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, page, size) == 0 && line[size] == ' ')
			found = known_mark(line + size + 1, mark);
	}
	if (file != NULL)
		(void)fclose(file);
	free(path);
	return found;
}

bool known_add(const char *page, const char *mark)
{
	char *path = known_path(true);
	FILE *file = path != NULL ? fopen(path, "ae") : NULL;
	bool good = file != NULL && fprintf(file, "%s %s\n", page, mark) > 0;

	if (file != NULL)
		good = fclose(file) == 0 && good;
	if (!good)
		fprintf(stderr, "kumiki remote: %s can't be written: %s\n",
		        path != NULL ? path : "~/.config", strerror(errno));
	free(path);
	return good;
}
