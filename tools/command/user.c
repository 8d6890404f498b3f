/*
 * `kumiki user`: adds, changes and removes users of a page (docs/page.md) in their file. It leaves
 * all other lines as they are, and a password never stands in a command's words.
 */
#include <errno.h>
#include <host/commands.h>
#include <host/output.h>
#include <keeper/users.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define USER_BLANKS " \t"

struct user_edit {
	const char *path, *name, *role; /* role: NULL for verbs without one */
	char *text;                     /* the file as it is; "": there is none */
	size_t size;
	struct users users;
};

static int user_complain(const struct user_edit *edit, const char *why)
{
	fprintf(stderr, "kumiki user: '%s' in %s: %s\n", edit->name, edit->path, why);
	return EXIT_FAILURE;
}

/* ---- passwords ---- */

/* A line without its end. False: there is none, or it is too long. */
static bool user_line(char line[USERS_PASSWORD_MAX + 2])
{
	size_t size;

	if (fgets(line, (int)USERS_PASSWORD_MAX + 2, stdin) == NULL)
		return false;
	size = strcspn(line, "\n");
	line[size] = '\0';
	return size <= USERS_PASSWORD_MAX;
}

static struct termios user_terminal; /* as it was */

/* Whoever breaks off gets the terminal back as it was. */
static void user_broken_off(int number)
{
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &user_terminal);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/* The terminal shows nothing of what is typed. */
static bool user_type(const char *prompt, char line[USERS_PASSWORD_MAX + 2])
{
	struct termios silent;
	bool good;

	if (tcgetattr(STDIN_FILENO, &user_terminal) != 0)
		return user_line(line);
	silent = user_terminal;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	(void)signal(SIGINT, user_broken_off);
	(void)signal(SIGTERM, user_broken_off);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fputs(prompt, stderr);
	good = user_line(line);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &user_terminal);
	fputc('\n', stderr);
	return good;
}

/* From a person twice, from a program once. False: it has complained. */
static bool user_hash(const struct user_edit *edit, char hash[USERS_HASH_SIZE])
{
	char password[USERS_PASSWORD_MAX + 2] = "", again[USERS_PASSWORD_MAX + 2] = "";
	const char *why = NULL;

	if (!user_type("Password: ", password) || strlen(password) < USERS_PASSWORD_MIN)
		why = "a password has 10 to 128 bytes";
	else if (isatty(STDIN_FILENO) &&
	         (!user_type("The same again: ", again) || strcmp(password, again) != 0))
		why = "the two passwords differ";
	else if (!users_hash(hash, password))
		why = "no hash could be made of this password";
	explicit_bzero(password, sizeof(password));
	explicit_bzero(again, sizeof(again));
	if (why != NULL)
		(void)user_complain(edit, why);
	return why == NULL;
}

/* ---- the file ---- */

/* Whether the line is the user's. */
static bool user_is_line(const char *line, size_t size, const char *name)
{
	const size_t blank = strspn(line, USER_BLANKS), length = strlen(name);

	return blank < size && size - blank > length && strncmp(line + blank, name, length) == 0 &&
	       strchr(USER_BLANKS, line[blank + length]) != NULL;
}

/* Writes the file with `line` in place of the user's, or behind all lines; NULL: without it. */
static bool user_write(const struct user_edit *edit, const char *line)
{
	const char *at = edit->text;
	struct output output;
	size_t size;

	(void)umask(S_IRWXG | S_IRWXO);
	if (!output_begin(&output, edit->path, stderr))
		return false;
	while (*at != '\0') {
		size = strcspn(at, "\n");
		if (!user_is_line(at, size, edit->name)) {
			fprintf(output.file, "%.*s\n", (int)size, at);
		} else if (line != NULL) {
			fprintf(output.file, "%s\n", line);
			line = NULL;
		}
		at += size + (at[size] == '\n' ? 1 : 0);
	}
	if (line != NULL)
		fprintf(output.file, "%s\n", line);
	return output_end(&output, !ferror(output.file), stderr);
}

static int user_set(const struct user_edit *edit, const char *role, const char *hash)
{
	char line[USERS_NAME_SIZE + USERS_HASH_SIZE + 16];

	(void)snprintf(line, sizeof(line), "%s %s %s", edit->name, role, hash);
	return user_write(edit, line) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- verbs ---- */

static int user_add(const struct user_edit *edit, const struct user *old)
{
	char hash[USERS_HASH_SIZE];

	if (old != NULL)
		return user_complain(edit, "there is this user already");
	if (edit->users.count == USERS_MAX)
		return user_complain(edit, "there are 64 users already");
	return user_hash(edit, hash) ? user_set(edit, edit->role, hash) : EXIT_FAILURE;
}

static int user_password(const struct user_edit *edit, const struct user *old)
{
	char hash[USERS_HASH_SIZE];

	return user_hash(edit, hash) ? user_set(edit, role_word(old->role), hash) : EXIT_FAILURE;
}

static int user_role(const struct user_edit *edit, const struct user *old)
{
	return user_set(edit, edit->role, old->hash);
}

static int user_remove(const struct user_edit *edit, const struct user *old)
{
	(void)old;
	return user_write(edit, NULL) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int user_list(const struct user_edit *edit, const struct user *old)
{
	(void)old;
	for (size_t i = 0; i < edit->users.count; i++)
		printf("%s %s\n", edit->users.list[i].name, role_word(edit->users.list[i].role));
	return EXIT_SUCCESS;
}

/* ---- the command ---- */

static const struct user_verb {
	const char *word;
	int words; /* behind it */
	bool old;  /* the user has to be there */
	int (*run)(const struct user_edit *edit, const struct user *old);
} user_verbs[] = {
    {"add", 3, false, user_add},   {"password", 2, true, user_password},
    {"role", 3, true, user_role},  {"remove", 2, true, user_remove},
    {"list", 1, false, user_list},
};

static const struct user_verb *user_find(const char *word, int words)
{
	for (size_t i = 0; i < sizeof(user_verbs) / sizeof(user_verbs[0]); i++)
		if (strcmp(user_verbs[i].word, word) == 0 && user_verbs[i].words == words)
			return &user_verbs[i];
	return NULL;
}

/* Only `add` begins a file. */
static bool user_read(struct user_edit *edit, const struct user_verb *verb)
{
	if (verb->run == user_add && access(edit->path, F_OK) != 0 && errno == ENOENT)
		edit->text = calloc(1, 1);
	else
		edit->text = users_load(edit->path, &edit->size, stderr);
	return edit->text != NULL &&
	       users_read(&edit->users, edit->path, edit->text, edit->size, stderr);
}

static int user_run(struct user_edit *edit, const struct user_verb *verb)
{
	const struct user *old;

	if (!user_read(edit, verb))
		return EXIT_FAILURE;
	old = edit->name != NULL ? users_find(&edit->users, edit->name) : NULL;
	if (verb->old && old == NULL)
		return user_complain(edit, "there is no such user");
	return verb->run(edit, old);
}

int kumiki_user(int argc, char **argv)
{
	const struct user_verb *verb = argc >= 3 ? user_find(argv[1], argc - 2) : NULL;
	struct user_edit edit = {0};
	int status;

	if (verb == NULL)
		return argc > 1 ? command_unknown("user", argv[1]) : command_usage("user");
	edit.path = argv[2];
	edit.name = verb->words > 1 ? argv[3] : NULL;
	edit.role = verb->words > 2 ? argv[4] : NULL;
	if (edit.name != NULL && !users_is_name(edit.name))
		return command_misused("user", "a name has up to 32 letters, digits, dots, lines "
		                               "and low lines");
	if (edit.role != NULL && role_named(edit.role) == ROLE_NONE)
		return command_misused("user", "a role is see, operate or change");
	status = user_run(&edit, verb);
	free(edit.text);
	return status;
}
