/*
 * The certificate and key of a page for other hosts, by GnuTLS. They are the user's own, or made at
 * the first start: a key on P-256 and a certificate signed by itself, in one file that only its
 * owner can read. What libmicrohttpd gets has been checked.
 */
#ifndef KEEPER_TLS_H
#define KEEPER_TLS_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdio.h>

#define TLS_PRIORITIES       "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define TLS_FINGERPRINT_SIZE 96u /* 32 bytes as "AB:", and a NUL */

struct tls {
	char *certificate, *key; /* PEM */
	char *clients;           /* the authorities of clients' certificates; NULL: none */
	gnutls_x509_crt_t first; /* of the certificate's chain */
	char fingerprint[TLS_FINGERPRINT_SIZE];
};

/* Reads both files, which may be one. `address`: the numeric one that a certificate which is made
 * here is for; NULL: none is made. False: it has complained. */
bool tls_open(struct tls *tls, const char *certificate, const char *key, const char *address,
              FILE *complaints);
void tls_close(struct tls *tls);

/* Reads the authorities whose certificates clients may show. False: it has complained. */
bool tls_trust(struct tls *tls, const char *clients, FILE *complaints);

/* The common name of the certificate that the client has shown. False: it has shown none, or none
 * of these authorities vouches for it now. */
bool tls_client(gnutls_session_t session, char *name, size_t size);

/* Whether the certificate is for this host. */
bool tls_is_host(const struct tls *tls, const char *host);

#endif
