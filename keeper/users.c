/* The file of users, and their passwords: see users.h. */
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <keeper/users.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USERS_METHOD "$y$"
#define USERS_LETTERS                                                                              \
	"abcdefghijklmnopqrstuvwxyz"                                                               \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define USERS_DIGITS    USERS_LETTERS "./" /* of a hash */
#define USERS_WORDS     3u                 /* of a line */
#define USERS_BLANKS    " \t"
#define USERS_HASH_TAIL 43u     /* digits */
#define USERS_COSTS     "789AB" /* 1 to 7 of crypt(3): a higher one would hold up the page */

static const char *const role_words[] = {
    [ROLE_NONE] = "nobody",   [ROLE_SEE] = "see",       [ROLE_OPERATE] = "operate",
    [ROLE_CHANGE] = "change", [ROLE_NOBODY] = "nobody",
};

const char *role_word(enum role role)
{
	return role_words[role];
}

enum role role_named(const char *word)
{
	for (unsigned int i = ROLE_SEE; i <= ROLE_CHANGE; i++)
		if (strcmp(role_words[i], word) == 0)
			return (enum role)i;
	return ROLE_NONE;
}

bool users_is_name(const char *name)
{
	const size_t size = strlen(name);

	return size > 0 && size < USERS_NAME_SIZE && strspn(name, USERS_LETTERS) > 0 &&
	       strspn(name, USERS_LETTERS "._-") == size;
}

/* Whether crypt(3) made it: method, cost, salt, and the hash itself. */
static bool users_is_hash(const char *hash)
{
	const size_t size = strlen(hash), method = strlen(USERS_METHOD);
	const char *salt, *tail;

	if (size >= USERS_HASH_SIZE || strncmp(hash, USERS_METHOD "j", method + 1) != 0 ||
	    hash[method + 1] == '\0' || strchr(USERS_COSTS, hash[method + 1]) == NULL)
		return false;
	salt = strchr(hash + method, '$');
	tail = salt != NULL ? strchr(salt + 1, '$') : NULL;
	return tail != NULL && salt == hash + method + 3 &&
	       strspn(salt + 1, USERS_DIGITS) == (size_t)(tail - salt) - 1 &&
	       strlen(tail + 1) == USERS_HASH_TAIL &&
	       strspn(tail + 1, USERS_DIGITS) == USERS_HASH_TAIL &&
	       crypt_checksalt(hash) == CRYPT_SALT_OK;
}

/* ---- lines ---- */

/* What is wrong with the words of a line; NULL: nothing. */
static const char *users_wrong(const struct users *users, char *const words[USERS_WORDS])
{
	if (!users_is_name(words[0]))
		return "a name has up to 32 letters, digits, dots, lines and low lines, and begins "
		       "with a letter or digit";
	if (users_find(users, words[0]) != NULL)
		return "this user has a line already";
	if (role_named(words[1]) == ROLE_NONE)
		return "a role is see, operate or change";
	if (!users_is_hash(words[2]))
		return "this is no hash of a password; have it made: kumiki user password FILE "
		       "NAME";
	if (users->count == USERS_MAX)
		return "there are 64 users already";
	return NULL;
}

static const char *users_line(struct users *users, char *line)
{
	char *words[USERS_WORDS], *rest = NULL;
	char *word = strtok_r(line, USERS_BLANKS, &rest);
	const char *why;
	struct user *user;
	size_t count = 0;

	if (word == NULL || word[0] == '#')
		return NULL;
	for (; word != NULL && count < USERS_WORDS; word = strtok_r(NULL, USERS_BLANKS, &rest))
		words[count++] = word;
	if (count != USERS_WORDS || word != NULL)
		return "a line has a name, a role and a hash, with blanks between";
	why = users_wrong(users, words);
	if (why != NULL)
		return why;
	user = &users->list[users->count++];
	snprintf(user->name, sizeof(user->name), "%s", words[0]);
	snprintf(user->hash, sizeof(user->hash), "%s", words[2]);
	user->role = role_named(words[1]);
	return NULL;
}

static bool users_lines(struct users *users, const char *name, char *copy, FILE *complaints)
{
	unsigned int number = 1;
	bool good = true;
	const char *why;
	char *line;

	for (; (line = strsep(&copy, "\n")) != NULL; number++) {
		why = users_line(users, line);
		if (why != NULL)
			fprintf(complaints, "%s:%u: error: %s\n", name, number, why);
		good &= why == NULL;
	}
	return good;
}

bool users_read(struct users *users, const char *name, const char *text, size_t size,
                FILE *complaints)
{
	char *copy;
	bool good;

	memset(users, 0, sizeof(*users));
	if (memchr(text, '\0', size) != NULL) {
		fprintf(complaints, "%s: error: it isn't a text\n", name);
		return false;
	}
	copy = strndup(text, size);
	good = copy != NULL && users_lines(users, name, copy, complaints);
	free(copy);
	return good;
}

const struct user *users_find(const struct users *users, const char *name)
{
	for (size_t i = 0; i < users->count; i++)
		if (strcmp(users->list[i].name, name) == 0)
			return &users->list[i];
	return NULL;
}

/* ---- the file ---- */

/* What is wrong with it; NULL: nothing. */
static const char *users_unsafe(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return "it is no file";
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return "it belongs to somebody else";
	if ((status->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return "others may read or write it; take that away: chmod 600";
	if (status->st_size > (off_t)USERS_FILE_MAX)
		return "it has more than 64 KiB";
	return NULL;
}

bool users_same_file(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_dev == other->st_dev &&
	       one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

char *users_load(const char *path, size_t *size, FILE *complaints)
{
	const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	const char *why = NULL;
	char *text = NULL;
	ssize_t count = -1;

	if (file >= 0 && fstat(file, &status) == 0)
		why = users_unsafe(&status);
	if (file >= 0 && why == NULL)
		text = calloc(1, USERS_FILE_MAX + 1);
	if (text != NULL)
		count = read(file, text, USERS_FILE_MAX);
	if (count < 0)
		fprintf(complaints, "%s: error: %s\n", path, why != NULL ? why : strerror(errno));
	if (file >= 0)
		(void)close(file);
	if (count >= 0) {
		*size = (size_t)count;
		return text;
	}
	free(text);
	return NULL;
}

/* ---- passwords ---- */

/* Takes the same time for each wrong hash of the right length. */
static bool users_same(const char *one, const char *other)
{
	const size_t size = strlen(one);
	unsigned char differs = 0;

	if (strlen(other) != size)
		return false;
	for (size_t i = 0; i < size; i++)
		differs |= (unsigned char)(one[i] ^ other[i]);
	return differs == 0;
}

bool users_check(const struct users *users, const struct user *user, const char *password)
{
	const struct user *asked = user != NULL ? user : &users->list[0];
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *hash;
	bool good;

	if (data == NULL)
		return false;
	hash = crypt_rn(password, asked->hash, data, sizeof(*data));
	good = hash != NULL && users_same(hash, asked->hash) && user != NULL;
	explicit_bzero(data, sizeof(*data));
	free(data);
	return good;
}

bool users_hash(char hash[USERS_HASH_SIZE], const char *password)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *made = NULL;

	if (data != NULL &&
	    crypt_gensalt_rn(USERS_METHOD, 0, NULL, 0, setting, sizeof(setting)) != NULL)
		made = crypt_rn(password, setting, data, sizeof(*data));
	if (made != NULL)
		snprintf(hash, USERS_HASH_SIZE, "%s", made);
	if (data != NULL)
		explicit_bzero(data, sizeof(*data));
	free(data);
	return made != NULL;
}
