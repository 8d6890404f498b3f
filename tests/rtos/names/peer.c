/* A program from a file: offers a port by a name, or finds an offered one. */
#include "peer.h"
#include <rtos/names.h>
#include <rtos/sys.h>

static struct names_offer peer_offer;

static uint64_t peer_serve(struct sys_message *message)
{
	switch (message->word[0]) {
	case PEER_ADD:
		message->word[1] += message->word[2];
		message->word[2] = message->badge;
		return PEER_OK;
	case PEER_HOLD:
		message->identity = 0; /* for ever */
		return PEER_OK;
	default:
		sys_exit(PEER_LEFT);
	}
}

static int peer_offers(const char *name)
{
	struct sys_message message = {.identity = 0};
	uint64_t port = 0;
	enum names_status status;

	if (sys_do(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0, &port) != RTOS_OK)
		return PEER_FAILED;
	status = names_offer(&peer_offer, name, (rtos_handle_t)port);
	if (status != NAMES_OK)
		return PEER_REFUSED + (int)status;
	for (;;)
		if (sys_reply_wait((rtos_handle_t)port, &message, 0) == RTOS_OK)
			message.word[0] = peer_serve(&message);
}

static int peer_finds(const char *name)
{
	uint64_t word[RTOS_WORDS] = {PEER_ADD, 19, 23};
	rtos_handle_t port;
	const enum names_status status = names_find(name, true, &port);

	if (status != NAMES_OK)
		return PEER_REFUSED + (int)status;
	if (sys_call(port, word, 0) != RTOS_OK || word[0] != PEER_OK)
		return PEER_FAILED;
	return (int)word[1];
}

/* "offers" or "finds", and a name. */
int main(void)
{
	uint32_t count;
	const char *verb = sys_arguments(&count), *name = verb;

	if (count != 2)
		return PEER_FAILED;
	while (*name++ != '\0')
		;
	return *verb == 'o' ? peer_offers(name) : peer_finds(name);
}
