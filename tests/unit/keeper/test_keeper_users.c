/*
 * The file of a page's users, and their passwords.
 *
 * Shows: operator.page-users.
 */
#include <keeper/users.h>
#include <stdlib.h>
#include <string.h>

#include <unit.h>

#define HASH "$y$j9T$MQgVBcEtP/BKUUg2ZUZ.P1$KXvWnRpE8Nv2ZoV6bY8a0CcJ0mYfPq1sWt3uXy4zA56"

static struct users users;
static char said[4096];

/* Whether the text is taken; what is complained is in `said`. */
static bool reads(const char *text)
{
	FILE *complaints = fmemopen(said, sizeof(said), "w");
	bool good;

	said[0] = '\0';
	good = users_read(&users, "users", text, strlen(text), complaints);
	fclose(complaints);
	return good;
}

TEST(test_a_good_file)
{
	assert_true(reads("# who looks after it\n\n anna  operate\t" HASH "\neva see " HASH
	                  "\nk.u-m_1 change " HASH));
	assert_int_equal(users.count, 3);
	assert_int_equal(users_find(&users, "anna")->role, ROLE_OPERATE);
	assert_int_equal(users_find(&users, "eva")->role, ROLE_SEE);
	assert_int_equal(users_find(&users, "k.u-m_1")->role, ROLE_CHANGE);
	assert_string_equal(users_find(&users, "eva")->hash, HASH);
	assert_null(users_find(&users, "ann"));
	assert_null(users_find(&users, ""));
	assert_true(reads(""));
	assert_int_equal(users.count, 0);
}

TEST(test_mistakes_have_their_line)
{
	static const struct {
		const char *line, *words;
	} cases[] = {
	    {"anna", "a line has"},
	    {"anna see", "a line has"},
	    {"anna see " HASH " x", "a line has"},
	    {".anna see " HASH, "a name has"},
	    {"an/na see " HASH, "a name has"},
	    {"ann\xc3\xa1 see " HASH, "a name has"},
	    {"abcdefghijklmnopqrstuvwxyzabcdefg see " HASH, "a name has"},
	    {"good see " HASH, "already"},
	    {"anna root " HASH, "a role is"},
	    {"anna nobody " HASH, "a role is"},
	    {"anna See " HASH, "a role is"},
	    {"anna see secret", "no hash"},
	    {"anna see $6$abc$def", "no hash"},
	    {"anna see $y$", "no hash"},
	    {"anna see $y$j9T$abc", "no hash"},
	    {"anna see " HASH "a", "no hash"},
	    {"anna see " HASH "\r", "no hash"},
	    {"anna see $y$jFT$MQgVBcEtP/BKUUg2ZUZ.P1$KXvWnRpE8Nv2ZoV6bY8a0CcJ0mYfPq1sWt3uXy4zA56",
	     "no hash"},
	    {"anna see $y$j9T$MQgV!cEtP/BKUUg2ZUZ.P1$KXvWnRpE8Nv2ZoV6bY8a0CcJ0mYfPq1sWt3uXy4zA56",
	     "no hash"},
	};
	char text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "good see %s\n# a line\n%s\n", HASH, cases[i].line);
		assert_false(reads(text));
		assert_non_null(strstr(said, "users:3: error: "));
		assert_non_null(strstr(said, cases[i].words));
		assert_null(strstr(said, "\nusers:"));
	}
	assert_false(reads("a\nb\n"));
	assert_non_null(strstr(said, "users:1: "));
	assert_non_null(strstr(said, "users:2: "));
	assert_false(users_read(&users, "users", "a\0b", 3, stderr));
}

TEST(test_too_many_users)
{
	char text[(USERS_MAX + 1) * 128] = "";

	for (unsigned int i = 0; i <= USERS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "u%u see %s\n", i, HASH);
	assert_false(reads(text));
	assert_non_null(strstr(said, "users:65: error: there are 64 users"));
	assert_int_equal(users.count, USERS_MAX);
}

/* A hash is the password's, and each has a salt of its own. */
TEST(test_passwords)
{
	char text[256], hash[USERS_HASH_SIZE], other[USERS_HASH_SIZE];

	assert_true(users_hash(hash, "correct horse"));
	assert_true(users_hash(other, "correct horse"));
	assert_string_not_equal(hash, other);
	snprintf(text, sizeof(text), "anna see %s\n", hash);
	assert_true(reads(text));
	assert_true(users_check(&users, users_find(&users, "anna"), "correct horse"));
	assert_false(users_check(&users, users_find(&users, "anna"), "correct horsf"));
	assert_false(users_check(&users, users_find(&users, "anna"), ""));
	assert_false(users_check(&users, NULL, "correct horse"));
	assert_true(reads(""));
	assert_false(users_check(&users, NULL, "correct horse"));
}

/* ---- the first user ---- */

/* Whether it succeeds; what it prints or complains is in `said`. */
static bool makes(const char *path, const char *name)
{
	FILE *out = fmemopen(said, sizeof(said), "w");
	bool good;

	said[0] = '\0';
	good = users_first(path, name, out, out);
	fclose(out);
	return good;
}

TEST(test_a_first_user)
{
	char folder[] = "/tmp/kumiki-first-XXXXXX", path[64], password[17];
	size_t size;
	char *text;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/users", folder);
	assert_false(makes(path, "no name"));
	assert_non_null(strstr(said, "this is no name for a user"));
	assert_true(makes(path, "anna"));
	assert_int_equal(sscanf(said, "user: anna\npassword: %16s\n", password), 1);
	assert_int_equal(strlen(password), 16);
	text = users_load(path, &size, stderr);
	assert_non_null(text);
	assert_true(users_read(&users, path, text, size, stderr));
	free(text);
	assert_int_equal(users.count, 1);
	assert_int_equal(users.list[0].role, ROLE_OPERATE);
	assert_true(users_check(&users, &users.list[0], password));
	assert_true(makes(path, "eva")); /* there are users already */
	assert_string_equal(said, "");
	remove(path);
	remove(folder);
	assert_false(makes(path, "anna"));
	assert_non_null(strstr(said, "No such file or directory"));
}
