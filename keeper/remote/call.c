/*
 * Requests to a page, by libcurl over OpenSSL: see remote.h. The page's certificate signs itself;
 * it counts by its fingerprint alone, and nothing is sent before that is checked.
 */
#include "remote.h"
#include <host/tame.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define CALL_CONNECT_S 10L
#define CALL_WHOLE_S   60L /* an act takes up to 40 s */
#define CALL_MAX       (16u << 20)
#define CALL_DIGEST    32u

/* The certificate that the page shows is the one, or the handshake fails. */
static int call_is_known(X509_STORE_CTX *context, void *to)
{
	struct call *call = to;
	const X509 *shown = X509_STORE_CTX_get0_cert(context);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	if (shown == NULL || X509_digest(shown, EVP_sha256(), digest, &size) != 1 ||
	    size != CALL_DIGEST)
		return 0;
	for (unsigned int i = 0; i < size; i++)
		snprintf(call->shown + 3 * i, 4, "%02X%s", digest[i], i + 1 < size ? ":" : "");
	X509_STORE_CTX_set_error(context, strcmp(call->shown, call->mark) == 0
	                                      ? X509_V_OK
	                                      : X509_V_ERR_APPLICATION_VERIFICATION);
	return strcmp(call->shown, call->mark) == 0;
}

static CURLcode call_context(CURL *curl, void *context, void *to)
{
	(void)curl;
	SSL_CTX_set_cert_verify_callback(context, call_is_known, to);
	return CURLE_OK;
}

static size_t call_heard(char *bytes, size_t one, size_t count, void *to)
{
	struct call *call = to;
	char *more;

	if (call->size + one * count > CALL_MAX)
		return 0;
	more = realloc(call->text, call->size + one * count + 1);
	if (more == NULL)
		return 0;
	memcpy(more + call->size, bytes, one * count);
	call->text = more;
	call->size += one * count;
	return one * count;
}

bool call_open(struct call *call, const char *page, const char *mark)
{
	memset(call, 0, sizeof(*call));
	call->page = page;
	snprintf(call->mark, sizeof(call->mark), "%s", mark);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return false;
	call->curl = curl_easy_init();
	return call->curl != NULL;
}

void call_close(struct call *call)
{
	curl_easy_cleanup(call->curl);
	free(call->text);
	explicit_bzero(call->token, sizeof(call->token));
	curl_global_cleanup();
}

/* Everything that isn't the page by its own certificate is refused. */
static void call_prepare(struct call *call, const char *url)
{
	CURL *curl = call->curl;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L); /* a fingerprint says more */
	curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, call_context);
	curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, call);
	curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CALL_CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, CALL_WHOLE_S);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, call_heard);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
	if (call->token[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, call->token);
	}
}

static json_t *call_failed(const struct call *call, CURLcode code)
{
	if (call->shown[0] != '\0' && strcmp(call->shown, call->mark) != 0)
		fprintf(stderr,
		        "kumiki remote: %s has another certificate than the one that you know: "
		        "SHA-256 %s; nothing was sent\n",
		        call->page, call->shown);
	else
		fprintf(stderr, "kumiki remote: %s: %s\n", call->page, curl_easy_strerror(code));
	return NULL;
}

static json_t *call_read(const struct call *call)
{
	json_t *answer =
	    json_loadb(call->text != NULL ? call->text : "", call->size, JSON_ALLOW_NUL, NULL);

	if (!json_is_object(answer)) {
		json_decref(answer);
		fprintf(stderr, "kumiki remote: what %s answers makes no sense\n", call->page);
		return NULL;
	}
	return answer;
}

json_t *call_send(struct call *call, const char *method, const char *path, json_t *body,
                  long *status)
{
	struct curl_slist *headers = NULL;
	char *url = NULL, *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	CURLcode code = CURLE_OUT_OF_MEMORY;

	json_decref(body);
	call->size = 0;
	if (asprintf(&url, "https://%s%s", call->page, path) < 0)
		url = NULL;
	headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (url != NULL && headers != NULL && (body == NULL) == (text == NULL)) {
		call_prepare(call, url);
		if (text != NULL) {
			curl_easy_setopt(call->curl, CURLOPT_HTTPHEADER, headers);
			curl_easy_setopt(call->curl, CURLOPT_POSTFIELDS, text);
		}
		curl_easy_setopt(call->curl, CURLOPT_CUSTOMREQUEST, method);
		code = curl_easy_perform(call->curl);
	}
	curl_slist_free_all(headers);
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
	free(url);
	if (code != CURLE_OK)
		return call_failed(call, code);
	(void)curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, status);
	return call_read(call);
}
