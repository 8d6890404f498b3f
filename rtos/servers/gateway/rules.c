/* See rules.h. */
#include "rules.h"
#include <lib/string.h>

#define RULES_ADDRESS_BITS 32
#define RULES_PORT_MOST    0xffff

/* The rest of a line. */
struct words {
	const char *at, *end;
};

struct word {
	const char *at;
	size_t size; /* 0: the line has ended */
};

static bool rules_is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\r';
}

static struct word rules_next(struct words *words)
{
	struct word word;

	while (words->at < words->end && rules_is_blank(*words->at))
		words->at++;
	word = (struct word){words->at, 0};
	while (words->at < words->end && !rules_is_blank(*words->at))
		words->at++;
	word.size = (size_t)(words->at - word.at);
	return word;
}

static bool rules_is(struct word word, const char *text)
{
	return word.size == string_length(text) && memcmp(word.at, text, word.size) == 0;
}

/* ---- numbers ---- */

/* Takes a number up to `most` from the word's beginning. */
static bool rules_number(struct word *word, uint32_t most, uint32_t *number)
{
	size_t digits = 0;

	*number = 0;
	while (digits < word->size && word->at[digits] >= '0' && word->at[digits] <= '9') {
		*number = *number * 10 + (uint32_t)(word->at[digits++] - '0');
		if (*number > most)
			return false;
	}
	word->at += digits;
	word->size -= digits;
	return digits > 0;
}

static bool rules_sign(struct word *word, char sign)
{
	if (word->size == 0 || *word->at != sign)
		return false;
	word->at++;
	word->size--;
	return true;
}

/* Reads 10.0.0.0/8, or an address alone. */
static bool rules_address(struct word word, uint32_t *address, uint32_t *mask)
{
	uint32_t part, bits = RULES_ADDRESS_BITS;

	*address = 0;
	for (int i = 0; i < 4; i++) {
		if ((i > 0 && !rules_sign(&word, '.')) || !rules_number(&word, 255, &part))
			return false;
		*address = *address << 8 | part;
	}
	if (rules_sign(&word, '/') && !rules_number(&word, RULES_ADDRESS_BITS, &bits))
		return false;
	*mask = bits == 0 ? 0 : UINT32_MAX << (RULES_ADDRESS_BITS - bits);
	return word.size == 0 && (*address & ~*mask) == 0;
}

/* Reads 80, or 8000-8100. */
static bool rules_ports(struct word word, uint16_t port[2])
{
	uint32_t least, most;

	if (!rules_number(&word, RULES_PORT_MOST, &least))
		return false;
	most = least;
	if (rules_sign(&word, '-') && !rules_number(&word, RULES_PORT_MOST, &most))
		return false;
	port[0] = (uint16_t)least;
	port[1] = (uint16_t)most;
	return word.size == 0 && least <= most;
}

/* ---- a line ---- */

static bool rules_protocol(struct word word, struct rule *rule)
{
	static const struct {
		const char *name;
		uint16_t type;
		uint8_t protocol;
	} known[] = {{"any", 0, 0},
	             {"arp", FRAME_TYPE_ARP, 0},
	             {"ip", FRAME_TYPE_IP, 0},
	             {"icmp", FRAME_TYPE_IP, FRAME_ICMP},
	             {"tcp", FRAME_TYPE_IP, FRAME_TCP},
	             {"udp", FRAME_TYPE_IP, FRAME_UDP}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (rules_is(word, known[i].name)) {
			rule->type = known[i].type;
			rule->protocol = known[i].protocol;
			return true;
		}
	return false;
}

/* Takes a pair of words behind the protocol. Not NULL: what is wrong. */
static const char *rules_pair(struct word name, struct word value, struct rule *rule)
{
	const bool to = rules_is(name, "to");

	if (to || rules_is(name, "from"))
		return rule->type != 0 && rules_address(value, &rule->address[to], &rule->mask[to])
		           ? NULL
		           : "behind 'from' and 'to' stands an address, such as 10.0.2.2 or "
		             "10.0.0.0/8; not with 'any'";
	if (!rules_is(name, "port"))
		return "what follows the protocol is 'from', 'to' or 'port'";
	if (rule->protocol != FRAME_TCP && rule->protocol != FRAME_UDP)
		return "only tcp and udp have ports";
	return rules_ports(value, rule->port)
	           ? NULL
	           : "behind 'port' stands a number up to 65535, or two, such as 8000-8100";
}

static const char *rules_line(struct words words, struct rule *rule)
{
	const struct word verdict = rules_next(&words), way = rules_next(&words);
	const struct word protocol = rules_next(&words);
	const char *wrong = NULL;
	struct word name;

	rule->port[1] = RULES_PORT_MOST;
	rule->allows = rules_is(verdict, "allow");
	if (!rule->allows && !rules_is(verdict, "deny"))
		return "a rule begins with 'allow' or 'deny'";
	rule->outward = rules_is(way, "out") || rules_is(way, "both");
	rule->inward = rules_is(way, "in") || rules_is(way, "both");
	if (!rule->outward && !rule->inward)
		return "behind the first word stands 'out', 'in' or 'both'";
	if (!rules_protocol(protocol, rule))
		return "the protocols are any, arp, ip, icmp, tcp and udp";
	while (!wrong && (name = rules_next(&words)).size != 0)
		wrong = rules_pair(name, rules_next(&words), rule);
	return wrong;
}

/* ---- the text ---- */

static size_t rules_line_size(const char *text, size_t size)
{
	size_t length = 0;

	while (length < size && text[length] != '\n')
		length++;
	return length;
}

static bool rules_says_something(struct words words)
{
	const struct word first = rules_next(&words);

	return first.size != 0 && *first.at != '#';
}

struct rules_wrong rules_read(struct rules *rules, const char *text, size_t size)
{
	struct rules_wrong wrong = {0, NULL};

	rules->count = 0;
	for (size_t at = 0; at < size && !wrong.what;) {
		const size_t length = rules_line_size(text + at, size - at);
		const struct words words = {text + at, text + at + length};

		wrong.line++;
		at += length + 1;
		if (!rules_says_something(words))
			continue;
		if (rules->count == RULES_MOST) {
			wrong.what = "there are more than 64 rules";
			continue;
		}
		rules->rule[rules->count] = (struct rule){.line = (uint16_t)wrong.line};
		wrong.what = rules_line(words, &rules->rule[rules->count++]);
	}
	return wrong;
}

/* ---- decisions ---- */

static bool rules_fits(const struct rule *rule, const struct frame *frame, bool outward)
{
	return (outward ? rule->outward : rule->inward) &&
	       (rule->type == 0 || rule->type == frame->type) &&
	       (rule->protocol == 0 || rule->protocol == frame->protocol) &&
	       (frame->address[0] & rule->mask[0]) == rule->address[0] &&
	       (frame->address[1] & rule->mask[1]) == rule->address[1] &&
	       frame->port[1] >= rule->port[0] && frame->port[1] <= rule->port[1];
}

const struct rule *rules_find(const struct rules *rules, const struct frame *frame, bool outward)
{
	for (uint32_t i = 0; i < rules->count; i++)
		if (rules_fits(&rules->rule[i], frame, outward))
			return &rules->rule[i];
	return NULL;
}
