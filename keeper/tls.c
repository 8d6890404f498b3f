/* The page's certificate: see tls.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <keeper/tls.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TLS_FILE_MAX    65536u
#define TLS_PEM_MAX     4096u
#define TLS_HOST_SIZE   65u
#define TLS_CHAIN       8u
#define TLS_BEFORE      86400     /* clocks of two hosts differ */
#define TLS_YEARS       315360000 /* ten of them, in seconds */
#define TLS_SERIAL      16u
#define TLS_DIGEST      32u
#define TLS_ADDRESS_MAX 16u

/* False, with the sentence told. */
static bool tls_refuse(FILE *complaints, const char *path, const char *why)
{
	fprintf(complaints, "%s: error: %s\n", path, why);
	return false;
}

/* ---- making ---- */

/* The names and addresses by which the page is reached. */
static int tls_name(gnutls_x509_crt_t made, const char *address)
{
	char host[TLS_HOST_SIZE] = "";
	uint8_t bytes[TLS_ADDRESS_MAX];
	unsigned int size = 0;
	int result;

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		strcpy(host, "localhost");
	result = gnutls_x509_crt_set_dn_by_oid(made, GNUTLS_OID_X520_COMMON_NAME, 0, host,
	                                       (unsigned int)strlen(host));
	if (result == 0)
		result = gnutls_x509_crt_set_subject_alt_name(made, GNUTLS_SAN_DNSNAME, host,
		                                              (unsigned int)strlen(host), 0);
	if (result == 0)
		result = gnutls_x509_crt_set_subject_alt_name(made, GNUTLS_SAN_DNSNAME, "localhost",
		                                              9, GNUTLS_FSAN_APPEND);
	if (inet_pton(AF_INET, address, bytes) == 1)
		size = 4;
	else if (inet_pton(AF_INET6, address, bytes) == 1)
		size = TLS_ADDRESS_MAX;
	if (result == 0 && size != 0)
		result = gnutls_x509_crt_set_subject_alt_name(made, GNUTLS_SAN_IPADDRESS, bytes,
		                                              size, GNUTLS_FSAN_APPEND);
	return result;
}

static int tls_fill(gnutls_x509_crt_t made, gnutls_x509_privkey_t key, const char *address)
{
	const time_t now = time(NULL);
	uint8_t serial[TLS_SERIAL];
	int result = GNUTLS_E_RANDOM_FAILED;

	if (getrandom(serial, sizeof(serial), 0) == (ssize_t)sizeof(serial))
		result = gnutls_x509_crt_set_version(made, 3);
	serial[0] &= 0x7f; /* it isn't negative */
	if (result == 0)
		result = gnutls_x509_crt_set_serial(made, serial, sizeof(serial));
	if (result == 0)
		result = gnutls_x509_crt_set_activation_time(made, now - TLS_BEFORE);
	if (result == 0)
		result = gnutls_x509_crt_set_expiration_time(made, now + TLS_YEARS);
	if (result == 0)
		result = gnutls_x509_crt_set_key(made, key);
	if (result == 0)
		result = tls_name(made, address);
	if (result == 0)
		result = gnutls_x509_crt_set_key_usage(made, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (result == 0)
		result = gnutls_x509_crt_set_key_purpose_oid(made, GNUTLS_KP_TLS_WWW_SERVER, 0);
	if (result == 0)
		result = gnutls_x509_crt_sign2(made, made, key, GNUTLS_DIG_SHA256, 0);
	return result;
}

/* Both as text, one behind the other. */
static int tls_text(gnutls_x509_crt_t made, gnutls_x509_privkey_t key, char text[TLS_PEM_MAX])
{
	size_t first = TLS_PEM_MAX - 1, rest;
	int result = gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL,
	                                              GNUTLS_PKCS_PLAIN, text, &first);

	if (result != 0)
		return result;
	rest = TLS_PEM_MAX - first;
	return gnutls_x509_crt_export(made, GNUTLS_X509_FMT_PEM, text + first, &rest);
}

static int tls_make_text(const char *address, char text[TLS_PEM_MAX])
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t made = NULL;
	int result = gnutls_x509_privkey_init(&key);

	if (result == 0)
		result = gnutls_x509_privkey_generate(
		    key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (result == 0)
		result = gnutls_x509_crt_init(&made);
	if (result == 0)
		result = tls_fill(made, key, address);
	if (result == 0)
		result = tls_text(made, key, text);
	gnutls_x509_crt_deinit(made);
	gnutls_x509_privkey_deinit(key);
	return result;
}

/* The file appears as a whole or not at all. */
static bool tls_write(const char *path, const char *text)
{
	const ssize_t size = (ssize_t)strlen(text);
	char *temporary = NULL;
	bool good = false;
	int file = -1;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return false;
	file = mkostemp(temporary, O_CLOEXEC);
	if (file >= 0) {
		good = write(file, text, (size_t)size) == size && fsync(file) == 0;
		good = close(file) == 0 && good && rename(temporary, path) == 0;
		if (!good)
			(void)unlink(temporary);
	}
	free(temporary);
	return good;
}

static bool tls_make(const char *path, const char *address, FILE *complaints)
{
	char text[TLS_PEM_MAX] = "";
	const int result = tls_make_text(address, text);
	const bool good = result == 0 && tls_write(path, text);

	if (result != 0)
		(void)tls_refuse(complaints, path, gnutls_strerror(result));
	else if (!good)
		(void)tls_refuse(complaints, path, strerror(errno));
	explicit_bzero(text, sizeof(text));
	return good;
}

/* ---- reading ---- */

/* Fills in the file's text. NULL: all is well; else what is wrong. */
static const char *tls_take(int file, bool secret, char *text)
{
	struct stat status;
	ssize_t count;

	if (fstat(file, &status) != 0)
		return strerror(errno);
	if (secret && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return "others may read or write this key; take that away: chmod 600";
	count = read(file, text, TLS_FILE_MAX);
	return count > 0 && count < (ssize_t)TLS_FILE_MAX ? NULL
	                                                  : "it has no text, or more than 64 KiB";
}

/* `secret`: nobody else may be able to read it. */
static char *tls_read(const char *path, bool secret, FILE *complaints)
{
	const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = calloc(1, TLS_FILE_MAX);
	const char *why;

	why = file < 0 || text == NULL ? strerror(errno) : tls_take(file, secret, text);
	if (file >= 0)
		(void)close(file);
	if (why == NULL)
		return text;
	(void)tls_refuse(complaints, path, why);
	free(text);
	return NULL;
}

static gnutls_datum_t tls_datum(char *text)
{
	return (gnutls_datum_t){(unsigned char *)text, (unsigned int)strlen(text)};
}

static bool tls_read_first(struct tls *tls)
{
	const gnutls_datum_t text = tls_datum(tls->certificate);
	gnutls_x509_crt_t list[TLS_CHAIN];
	unsigned int count = TLS_CHAIN;

	if (gnutls_x509_crt_list_import(list, &count, &text, GNUTLS_X509_FMT_PEM, 0) < 1)
		return false;
	tls->first = list[0];
	for (unsigned int i = 1; i < count; i++)
		gnutls_x509_crt_deinit(list[i]);
	return true;
}

/* 0: the key is the certificate's. */
static int tls_pair(const struct tls *tls)
{
	const gnutls_datum_t certificate = tls_datum(tls->certificate), key = tls_datum(tls->key);
	gnutls_certificate_credentials_t pair;
	int result = gnutls_certificate_allocate_credentials(&pair);

	if (result != 0)
		return result;
	result = gnutls_certificate_set_x509_key_mem(pair, &certificate, &key, GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(pair);
	return result;
}

static bool tls_mark(struct tls *tls)
{
	uint8_t digest[TLS_DIGEST];
	size_t size = sizeof(digest);

	if (gnutls_x509_crt_get_fingerprint(tls->first, GNUTLS_DIG_SHA256, digest, &size) != 0)
		return false;
	for (size_t i = 0; i < size; i++)
		snprintf(tls->fingerprint + 3 * i, 4, "%02X%s", digest[i], i + 1 < size ? ":" : "");
	return true;
}

static bool tls_check(struct tls *tls, const char *certificate, const char *key, FILE *complaints)
{
	const time_t now = time(NULL);
	int result;

	if (!tls_read_first(tls))
		return tls_refuse(complaints, certificate, "there is no certificate (PEM) in it");
	if (gnutls_x509_crt_get_expiration_time(tls->first) <= now)
		return tls_refuse(
		    complaints, certificate,
		    "the certificate's time is over; take a new one, or remove it if it was made "
		    "here: the next start makes another one");
	if (gnutls_x509_crt_get_activation_time(tls->first) > now)
		return tls_refuse(
		    complaints, certificate,
		    "the certificate's time hasn't begun; is this host's clock right?");
	result = tls_pair(tls);
	if (result == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		return tls_refuse(complaints, key, "the key isn't the certificate's");
	if (result != 0)
		return tls_refuse(complaints, key, gnutls_strerror(result));
	return tls_mark(tls);
}

bool tls_open(struct tls *tls, const char *certificate, const char *key, const char *address,
              FILE *complaints)
{
	memset(tls, 0, sizeof(*tls));
	if (address != NULL && access(certificate, F_OK) != 0 && errno == ENOENT &&
	    !tls_make(certificate, address, complaints))
		return false;
	tls->certificate = tls_read(certificate, strcmp(certificate, key) == 0, complaints);
	tls->key = tls->certificate != NULL ? tls_read(key, true, complaints) : NULL;
	if (tls->key != NULL && tls_check(tls, certificate, key, complaints))
		return true;
	tls_close(tls);
	return false;
}

/* ---- certificates of clients ---- */

bool tls_trust(struct tls *tls, const char *clients, FILE *complaints)
{
	gnutls_x509_trust_list_t list = NULL;
	gnutls_datum_t text;
	int count = 0;

	tls->clients = tls_read(clients, false, complaints);
	if (tls->clients == NULL)
		return false;
	text = tls_datum(tls->clients);
	if (gnutls_x509_trust_list_init(&list, 0) == 0) {
		count = gnutls_x509_trust_list_add_trust_mem(list, &text, NULL, GNUTLS_X509_FMT_PEM,
		                                             0, 0);
		gnutls_x509_trust_list_deinit(list, 1);
	}
	return count > 0 || tls_refuse(complaints, clients, "there is no certificate (PEM) in it");
}

/* Whether one of the authorities vouches for it as a client's certificate. */
static bool tls_is_trusted(gnutls_session_t session)
{
	gnutls_typed_vdata_st purpose = {
	    .type = GNUTLS_DT_KEY_PURPOSE_OID,
	    .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT,
	};
	unsigned int wrong = 1;

	return gnutls_certificate_verify_peers(session, &purpose, 1, &wrong) == 0 && wrong == 0;
}

bool tls_client(gnutls_session_t session, char *name, size_t size)
{
	unsigned int count = 0;
	const gnutls_datum_t *shown = gnutls_certificate_get_peers(session, &count);
	gnutls_x509_crt_t certificate = NULL;
	bool good = false;

	if (shown == NULL || count == 0 || !tls_is_trusted(session) ||
	    gnutls_x509_crt_init(&certificate) != 0)
		return false;
	if (gnutls_x509_crt_import(certificate, shown, GNUTLS_X509_FMT_DER) == 0)
		good = gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0,
		                                     name, &size) == 0 &&
		       strlen(name) == size; /* there is no NUL within */
	gnutls_x509_crt_deinit(certificate);
	return good;
}

void tls_close(struct tls *tls)
{
	if (tls->key != NULL)
		explicit_bzero(tls->key, strlen(tls->key));
	free(tls->certificate);
	free(tls->key);
	free(tls->clients);
	gnutls_x509_crt_deinit(tls->first);
	memset(tls, 0, sizeof(*tls));
}

bool tls_is_host(const struct tls *tls, const char *host)
{
	return gnutls_x509_crt_check_hostname(tls->first, host) != 0;
}
