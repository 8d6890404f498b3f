/*
 * `kumiki remote`: the operator's commands for a machine on another host, by the API of its page
 * (docs/fleet.md). It is a program of its own, as the keeper is, for the libraries that it needs.
 * main.c has its words; here is what its files share.
 */
#ifndef REMOTE_H
#define REMOTE_H

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define REMOTE_MARK_SIZE 96u /* a fingerprint: 32 bytes as "AB:", and a NUL */
#define REMOTE_HOST_SIZE 256u
#define REMOTE_PORT      "8443"

/* ---- known.c: the file of pages whose certificate is known ---- */

/* Puts the page's fingerprint into `mark`. False: the page isn't in the file. */
bool known_find(const char *page, char mark[REMOTE_MARK_SIZE]);

/* Adds the page, so that the fingerprint needn't be given again. False: it has complained. */
bool known_add(const char *page, const char *mark);

/* A fingerprint in capitals. False: it is none. */
bool known_mark(const char *text, char mark[REMOTE_MARK_SIZE]);

/* ---- call.c: requests ---- */

struct call {
	CURL *curl;
	const char *page;             /* HOST:PORT */
	char mark[REMOTE_MARK_SIZE];  /* the one certificate that counts */
	char shown[REMOTE_MARK_SIZE]; /* the one that the page has; "": it has shown none yet */
	char token[64];               /* "": not logged in */
	char *text;                   /* of the last answer */
	size_t size;
};

bool call_open(struct call *call, const char *page, const char *mark);
void call_close(struct call *call);

/* Sends a request, with `body` (taken over) as a POST. The answer, with its status; NULL: there is
 * none, and it has complained. */
json_t *call_send(struct call *call, const char *method, const char *path, json_t *body,
                  long *status);

#endif
