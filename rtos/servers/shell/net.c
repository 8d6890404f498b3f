/* See commands.h. */
#include "commands.h"
#include <rtos/console.h>
#include <rtos/socket.h>
#include <rtos/sys.h>

#define NET_PINGS 4

static void net_say(struct text *text)
{
	text_add(text, "\n");
	(void)console_print(text);
	text->length = 0;
}

/* Adds "10.0.2.15". */
static void net_address(struct text *text, uint32_t ip)
{
	for (uint32_t i = 0; i < 4; i++) {
		text_add(text, i > 0 ? "." : "");
		text_number(text, ip >> (24 - 8 * i) & 0xff);
	}
}

static void net_failed(const char *what, enum socket_status status)
{
	struct text text = {.length = 0};

	text_add(&text, what);
	text_add(&text, ": ");
	text_add(&text, socket_status_text(status));
	net_say(&text);
}

/* Prints "echo of 10.0.2.2: 0.123 ms". */
static void net_echo(uint32_t ip, uint64_t microseconds)
{
	const uint64_t rest = microseconds % 1000;
	struct text text = {.length = 0};

	text_add(&text, "echo of ");
	net_address(&text, ip);
	text_add(&text, ": ");
	text_number(&text, microseconds / 1000);
	text_add(&text, rest < 10 ? ".00" : rest < 100 ? ".0" : ".");
	text_number(&text, rest);
	text_add(&text, " ms");
	net_say(&text);
}

void net_ping(const struct line *line)
{
	enum socket_status status;
	uint32_t ip = 0;

	if (line->words != 2) {
		net_failed("ping ADDRESS", SOCKET_BAD);
		return;
	}
	status = socket_lookup(line->word[1], &ip);
	if (status != SOCKET_OK) {
		net_failed(line->word[1], status);
		return;
	}
	for (uint32_t i = 0; i < NET_PINGS; i++) {
		uint64_t word[RTOS_WORDS] = {SOCKET_PING, ip};

		status = socket_call(word);
		if (status == SOCKET_OK)
			net_echo(ip, word[1]);
		else
			net_failed(line->word[1], status);
	}
}

/* ---- figures ---- */

static bool net_ask(enum socket_figures figures, uint64_t word[RTOS_WORDS])
{
	enum socket_status status;

	word[0] = SOCKET_FIGURES;
	word[1] = figures;
	status = socket_call(word);
	if (status != SOCKET_OK)
		net_failed("net", status);
	return status == SOCKET_OK;
}

static void net_mac(struct text *text, uint64_t address)
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t i = 0; i < 6; i++) {
		const uint64_t byte = address >> 8 * i & 0xff;
		const char shown[3] = {digits[byte >> 4], digits[byte & 0xf], '\0'};

		text_add(text, i > 0 ? ":" : "");
		text_add(text, shown);
	}
}

static void net_show_network(const uint64_t word[RTOS_WORDS])
{
	static const char *const what[] = {"address ", ", mask ", ", router ", ", names "};
	struct text text = {.length = 0};

	for (uint32_t i = 0; i < 4; i++) {
		text_add(&text, what[i]);
		net_address(&text, (uint32_t)word[i + 1]);
	}
	net_say(&text);
	text_add(&text, "card ");
	net_mac(&text, word[5]);
	text_add(&text, word[6] != 0 ? "" : ", which doesn't answer");
	text_add(&text, "; starts of the server ");
	text_number(&text, word[7]);
	net_say(&text);
}

static void net_show(struct text *text, const char *const what[], const uint64_t word[RTOS_WORDS],
                     uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		text_add(text, what[i]);
		text_number(text, word[i + 1]);
	}
	net_say(text);
}

void net_figures(const struct line *line)
{
	static const char *const card[] = {"frames: in ",    ", out ",
	                                   ", no frames ",   "; lost at the driver's restarts: in ",
	                                   ", perhaps out ", "; starts of the driver ",
	                                   "; without room "};
	static const char *const server[] = {"sockets ", "; connections that restarts ended ",
	                                     "; datagrams without room ", "; damaged frames "};
	uint64_t word[RTOS_WORDS];
	struct text text = {.length = 0};

	(void)line;
	if (!net_ask(SOCKET_OF_NETWORK, word))
		return;
	net_show_network(word);
	text.length = 0;
	if (net_ask(SOCKET_OF_CARD, word))
		net_show(&text, card, word, sizeof(card) / sizeof(card[0]));
	if (net_ask(SOCKET_OF_SERVER, word))
		net_show(&text, server, word, sizeof(server) / sizeof(server[0]));
}
