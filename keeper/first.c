/* The first user of a page that has none yet: see users.h. */
#include <errno.h>
#include <fcntl.h>
#include <keeper/users.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define FIRST_LETTERS "abcdefghijkmnpqrstuvwxyz23456789" /* 32, none like another */
#define FIRST_SIZE    16u

/* Chooses a password of 80 random bits. */
static bool first_choose(char password[FIRST_SIZE + 1])
{
	unsigned char bytes[FIRST_SIZE];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return false;
	for (size_t i = 0; i < FIRST_SIZE; i++)
		password[i] = FIRST_LETTERS[bytes[i] % (sizeof(FIRST_LETTERS) - 1)];
	password[FIRST_SIZE] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
	return true;
}

/* Writes all of the file, or none. */
static bool first_write(const char *path, const char *name, const char *hash)
{
	const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good;

	if (file < 0)
		return false;
	good = dprintf(file, "%s %s %s\n", name, role_word(ROLE_OPERATE), hash) > 0;
	good &= fsync(file) == 0;
	good &= close(file) == 0;
	if (!good)
		(void)unlink(path);
	return good;
}

bool users_first(const char *path, const char *name, FILE *out, FILE *complaints)
{
	char password[FIRST_SIZE + 1], hash[USERS_HASH_SIZE];
	bool good;

	if (access(path, F_OK) == 0)
		return true;
	errno = 0;
	good = users_is_name(name) && first_choose(password) && users_hash(hash, password) &&
	       first_write(path, name, hash);
	if (good)
		fprintf(out, "user: %s\npassword: %s\n", name, password);
	else
		fprintf(complaints, "kumiki-keeper: can't make %s with the user '%s': %s\n", path,
		        name, errno != 0 ? strerror(errno) : "this is no name for a user");
	explicit_bzero(password, sizeof(password));
	return good;
}
