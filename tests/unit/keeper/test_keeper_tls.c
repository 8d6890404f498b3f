/*
 * The page's key and certificate, and a door with them: what isn't TLS, or doesn't go on, is over
 * soon.
 *
 * Shows: operator.page-tls.
 */
#include "keeper_play.h"
#include <keeper/tls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <unit.h>

static char folder[64], path[96], other[96];
static char said[512];
static struct tls tls;

static void start(void)
{
	snprintf(folder, sizeof(folder), "/tmp/kumiki-tls-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/page.pem", folder);
	snprintf(other, sizeof(other), "%s/other.pem", folder);
}

static void end(void)
{
	(void)unlink(path);
	(void)unlink(other);
	(void)rmdir(folder);
}

const struct unit_fixture unit_each = {start, end};

/* Whether it opens; what is complained is in `said`. */
static bool opens(const char *certificate, const char *key, const char *address)
{
	FILE *complaints = fmemopen(said, sizeof(said), "w");
	bool good;

	said[0] = '\0';
	good = tls_open(&tls, certificate, key, address, complaints);
	fclose(complaints);
	return good;
}

static void write_text(const char *to, const char *text)
{
	FILE *file = fopen(to, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(to, S_IRUSR | S_IWUSR), 0);
}

TEST(test_made_once)
{
	char mark[TLS_FINGERPRINT_SIZE];
	struct stat status;

	assert_false(opens(path, path, NULL));
	assert_non_null(strstr(said, "No such file"));
	assert_true(opens(path, path, "192.0.2.7"));
	memcpy(mark, tls.fingerprint, sizeof(mark));
	assert_int_equal(strlen(mark), 32 * 3 - 1);
	assert_true(tls_is_host(&tls, "localhost"));
	assert_true(tls_is_host(&tls, "192.0.2.7"));
	assert_false(tls_is_host(&tls, "192.0.2.8"));
	assert_false(tls_is_host(&tls, "evil.example"));
	tls_close(&tls);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_true(opens(path, path, "2001:db8::1"));
	assert_string_equal(mark, tls.fingerprint);
	tls_close(&tls);
	assert_true(opens(other, other, "2001:db8::1"));
	assert_string_not_equal(mark, tls.fingerprint);
	assert_true(tls_is_host(&tls, "2001:db8::1"));
	tls_close(&tls);
}

TEST(test_refused)
{
	assert_true(opens(path, path, "127.0.0.1"));
	tls_close(&tls);
	assert_true(opens(other, other, "127.0.0.1"));
	tls_close(&tls);
	assert_false(opens(path, other, NULL));
	assert_non_null(strstr(said, "other.pem: error: the key isn't the certificate's"));
	assert_int_equal(chmod(other, S_IRUSR | S_IRGRP), 0);
	assert_false(opens(path, other, NULL));
	assert_non_null(strstr(said, "others may read"));
	write_text(other, "");
	assert_false(opens(path, other, NULL));
	assert_non_null(strstr(said, "it has no text"));
	write_text(other, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	assert_false(opens(other, path, NULL));
	assert_non_null(strstr(said, "there is no certificate"));
	assert_false(opens(path, other, NULL));
	assert_int_equal(strncmp(said, other, strlen(other)), 0);
	assert_false(opens("/nowhere/page.pem", "/nowhere/page.pem", "127.0.0.1"));
	assert_non_null(strstr(said, "No such file"));
}

/* ---- the door ---- */

static unsigned int clients(void)
{
	unsigned int count = 0;

	for (size_t i = 0; i < DOOR_CLIENTS; i++)
		count += play.door.clients[i].used;
	return count;
}

static void turns(void)
{
	for (int i = 0; i < 20; i++)
		play_turn();
}

TEST(test_what_is_no_tls)
{
	static const char *const texts[] = {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
	                                    "\x16\x03\x01\x7f\xff", "\x80", ""};
	char heard[4096];
	int file;

	assert_true(opens(path, path, "127.0.0.1"));
	play_start_tls(&tls);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		file = play_connect(0);
		play_send(file, texts[i]);
		turns();
		play.now += DOOR_STEP_MS;
		heard[0] = '\0';
		while (play_read(file, heard, sizeof(heard)))
			continue;
		assert_null(strstr(heard, "HTTP"));
		close(file);
		turns();
		assert_int_equal(clients(), 0);
	}
	play_end_users();
	tls_close(&tls);
}
