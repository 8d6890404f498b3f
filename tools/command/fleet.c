/*
 * `kumiki fleet`: makes keys, and signs commands for machines that an MQTT broker reaches
 * (docs/fleet.md). The keeper checks them (keeper/command.c). OpenSSL has Ed25519 here, as it has
 * the keys of updates.
 */
#include <errno.h>
#include <getopt.h>
#include <host/commands.h>
#include <host/jsonfile.h>
#include <host/output.h>
#include <keeper/back.h>
#include <keeper/users.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FLEET_KEY       32u
#define FLEET_SIGNATURE 64u
#define FLEET_BASE64    96u
#define FLEET_FOR_S     60
#define FLEET_LONGEST_S 600
#define FLEET_TEXT      1024u
#define FLEET_TIME      sizeof("2026-12-01T14:30:00Z")

struct fleet_words {
	const char *node, *act, *system; /* system: NULL for none */
	const char *core;                /* NULL: none */
	bool off;
	long seconds;
};

static int fleet_complain(const char *path, const char *why)
{
	fprintf(stderr, "kumiki fleet: %s: %s\n", path, why);
	return EXIT_FAILURE;
}

static bool fleet_base64(char text[FLEET_BASE64], const uint8_t *bytes, size_t size)
{
	return EVP_EncodeBlock((unsigned char *)text, bytes, (int)size) > 0;
}

/* The public half. */
static bool fleet_public(char text[FLEET_BASE64], const EVP_PKEY *key)
{
	uint8_t bytes[FLEET_KEY];
	size_t size = sizeof(bytes);

	return EVP_PKEY_get_raw_public_key(key, bytes, &size) == 1 && size == sizeof(bytes) &&
	       fleet_base64(text, bytes, size);
}

/* ---- making a key ---- */

static int fleet_key_into(const char *path, const char *name, const EVP_PKEY *key)
{
	char text[FLEET_BASE64];
	struct output output;
	bool good;

	(void)umask(S_IRWXG | S_IRWXO);
	if (!fleet_public(text, key) || !output_begin(&output, path, stderr))
		return EXIT_FAILURE;
	good = PEM_write_PKCS8PrivateKey(output.file, key, NULL, NULL, 0, NULL, NULL) == 1;
	if (!output_end(&output, good, stderr))
		return EXIT_FAILURE;
	printf("%s operate %s\n", name, text);
	return EXIT_SUCCESS;
}

static int fleet_key(const char *name)
{
	char path[USERS_NAME_SIZE + sizeof(".key")];
	EVP_PKEY *key;
	int status;

	if (!users_is_name(name))
		return command_misused("fleet", "a name has up to 32 letters, digits, dots, lines "
		                                "and low lines");
	(void)snprintf(path, sizeof(path), "%s.key", name);
	if (access(path, F_OK) == 0)
		return fleet_complain(path, "it is there already; who has it could sign still");
	key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (key == NULL)
		return fleet_complain(path, "no key could be made");
	status = fleet_key_into(path, name, key);
	EVP_PKEY_free(key);
	return status;
}

/* ---- signing ---- */

static EVP_PKEY *fleet_open(const char *path)
{
	static char no_password[] = ""; /* so that nobody is asked for one */
	EVP_PKEY *key = NULL;
	size_t size = 0;
	char *text = users_load(path, &size, stderr);
	BIO *bytes;

	if (text == NULL)
		return NULL;
	bytes = BIO_new_mem_buf(text, (int)size);
	key = PEM_read_bio_PrivateKey(bytes, NULL, NULL, no_password);
	BIO_free(bytes);
	explicit_bzero(text, size);
	free(text);
	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return key;
	(void)fleet_complain(path, "it is no key of kumiki fleet key");
	EVP_PKEY_free(key);
	return NULL;
}

/* The number is the time in milliseconds, so it grows from command to command. */
static void fleet_write(FILE *out, const struct fleet_words *words)
{
	struct timespec now;
	time_t end;
	struct tm time;
	char text[FLEET_TIME];
	struct json json = jsonfile(out);

	clock_gettime(CLOCK_REALTIME, &now);
	end = now.tv_sec + words->seconds;
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&end, &time));
	json_object(&json, NULL);
	json_string(&json, "node", words->node);
	json_number(&json, "number", (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
	json_string(&json, "end", text);
	json_string(&json, "act", words->act);
	if (words->system != NULL)
		json_string(&json, "system", words->system);
	if (words->core != NULL)
		json_number(&json, "core", strtoul(words->core, NULL, 10));
	if (words->off)
		json_boolean(&json, "off", true);
	json_end(&json);
}

static bool fleet_sign(char text[FLEET_BASE64], const char *signed_text, EVP_PKEY *key)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t bytes[FLEET_SIGNATURE];
	size_t size = sizeof(bytes);
	const bool good = context != NULL &&
	                  EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
	                  EVP_DigestSign(context, bytes, &size, (const unsigned char *)signed_text,
	                                 strlen(signed_text)) == 1 &&
	                  fleet_base64(text, bytes, size);

	EVP_MD_CTX_free(context);
	return good;
}

static int fleet_print(const struct fleet_words *words, EVP_PKEY *key)
{
	char text[FLEET_TEXT] = "", public[FLEET_BASE64], signature[FLEET_BASE64];
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");
	struct json json = jsonfile(stdout);

	if (out == NULL)
		return fleet_complain(words->node, strerror(errno));
	fleet_write(out, words);
	if (fclose(out) != 0)
		return fleet_complain(words->node, "the command is too long");
	text[strcspn(text, "\n")] = '\0';
	if (!fleet_public(public, key) || !fleet_sign(signature, text, key))
		return fleet_complain(words->node, "the command can't be signed");
	json_object(&json, NULL);
	json_string(&json, "key", public);
	json_string(&json, "text", text);
	json_string(&json, "signature", signature);
	json_end(&json);
	return EXIT_SUCCESS;
}

/* ---- the command's words ---- */

static bool fleet_seconds(const char *text, long *seconds)
{
	char *end = NULL;

	*seconds = strtol(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && *seconds > 0 &&
	       *seconds <= FLEET_LONGEST_S;
}

/* What is wrong with a command's words; NULL: nothing. */
static const char *fleet_wrong(const struct fleet_words *words)
{
	const char *why = back_wrong(words->act, words->system, words->core, words->off);

	if (why == NULL && !users_is_name(words->node))
		return "a node's name has up to 32 letters, digits, dots, lines and low lines";
	return why;
}

static int fleet_signs(char **argv, struct fleet_words *words)
{
	const char *why;
	EVP_PKEY *key;
	int status;

	words->node = argv[1];
	words->act = argv[2];
	words->system = argv[3];
	why = fleet_wrong(words);
	if (why != NULL)
		return command_misused("fleet", why);
	key = fleet_open(argv[0]);
	if (key == NULL)
		return EXIT_FAILURE;
	status = fleet_print(words, key);
	EVP_PKEY_free(key);
	return status;
}

/* False: an option's value isn't good, and it has complained. */
static bool fleet_option(struct fleet_words *words, int option)
{
	if (option == 'f')
		return fleet_seconds(optarg, &words->seconds);
	if (option == 'c')
		words->core = optarg;
	else if (option == 'o')
		words->off = true;
	return true;
}

int kumiki_fleet(int argc, char **argv)
{
	static const struct option longs[] = {{"for", required_argument, NULL, 'f'},
	                                      {"core", required_argument, NULL, 'c'},
	                                      {"off", no_argument, NULL, 'o'},
	                                      {NULL, 0, NULL, 0}};
	struct fleet_words words = {.seconds = FLEET_FOR_S};
	int option, count;

	while ((option = command_option(argc, argv, "", longs)) != -1)
		if (option == '?' || !fleet_option(&words, option))
			return command_misused("fleet",
			                       option == '?' ? NULL : "--for is from 1 to 600");
	count = argc - optind;
	if (count == 2 && strcmp(argv[optind], "key") == 0)
		return fleet_key(argv[optind + 1]);
	if ((count == 4 || count == 5) && strcmp(argv[optind], "sign") == 0)
		return fleet_signs(argv + optind + 1, &words);
	return count > 0 ? command_unknown("fleet", argv[optind]) : command_usage("fleet");
}
