/*
 * Rules over a link: types commands at the shell of the watcher's partition, as a person would, and
 * waits for its answers, which have "rules: " before them. See rules.h and
 * rtos/servers/shell/rules.c.
 */
#include "rules.h"
#include <host/link.h>
#include <string.h>
#include <time.h>

#define GIVE_HELLO_MS  10000
#define GIVE_ANSWER_MS 10000
#define GIVE_PING_MS   3000 /* a LINK_PING so often: it tells the system that we are here */
#define GIVE_RETRY_MS  20   /* keys that had no room are offered again */
#define GIVE_KEYS      128  /* in a frame */
#define GIVE_PIECE     96u  /* bytes of a rule, as the shell takes them */
#define GIVE_SAYS      "rules: "
#define GIVE_CANCEL    "\x03" /* drops what is typed already */

struct give {
	struct link link;
	const char *partition;
	uint8_t number; /* the partition's */
	char said[4096];
	size_t length;
	bool took; /* an answer to keys came */
	uint32_t keys;
	int64_t pinged; /* when */
};

static bool give_wrong(const char *what, const char *word)
{
	fprintf(stderr, "kumiki rules: %s%s\n", what, word);
	return false;
}

/* ---- frames ---- */

static bool give_closed(struct give *give)
{
	return give_wrong(link_why(&give->link, "the machine is off, or the link was closed"), "");
}

/* Keeps what the partition says; the oldest goes if there is no room. */
static void give_hear(struct give *give, const uint8_t *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\r')
			continue;
		if (give->length == sizeof(give->said) - 1) {
			memmove(give->said, give->said + give->length / 2, give->length / 2 + 1);
			give->length -= give->length / 2;
		}
		give->said[give->length++] = (char)(text[i] != '\0' ? text[i] : '?');
	}
	give->said[give->length] = '\0';
}

static int64_t give_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool give_ping(struct give *give)
{
	if (give_now() - give->pinged < GIVE_PING_MS)
		return true;
	give->pinged = give_now();
	return link_send(&give->link, LINK_PING, NULL, 0) || give_closed(give);
}

/* Waits for a frame, and takes it. False: the link is gone, or refuses. */
static bool give_frame(struct give *give, int milliseconds)
{
	struct linkframe frame;
	char said[160];
	const enum link_result result = link_receive(&give->link, &frame, milliseconds);

	if (result == LINK_CLOSED)
		return give_closed(give);
	if (result != LINK_GOT_FRAME)
		return give_ping(give);
	if (frame.type == LINK_ERROR)
		return give_wrong("the system refuses: ", link_fault(&frame, said, sizeof(said)));
	if (frame.type == LINK_OUTPUT && frame.size > 1 && frame.payload[0] == give->number)
		give_hear(give, frame.payload + 1, frame.size - 1);
	if (frame.type == LINK_TOOK && frame.size >= 4 && frame.payload[0] == give->number) {
		give->took = true;
		give->keys = frame.payload[2] | (uint32_t)frame.payload[3] << 8;
	}
	return true;
}

static bool give_late(const struct give *give)
{
	link_too_late(
	    &give->link, GIVE_ANSWER_MS,
	    "kumiki rules: no answer of the watcher's shell (does its partition run, and is "
	    "it free?)",
	    stderr);
	return false;
}

static bool give_type(struct give *give, const char *text)
{
	const int64_t deadline = give_now() + link_patient(&give->link, GIVE_ANSWER_MS);
	uint8_t frame[1 + GIVE_KEYS] = {give->number};
	size_t left = strlen(text);

	while (left != 0) {
		const size_t size = left < GIVE_KEYS ? left : GIVE_KEYS;

		memcpy(frame + 1, text, size);
		give->took = false;
		if (!link_send(&give->link, LINK_INPUT, frame, 1 + size))
			return give_closed(give);
		while (!give->took)
			if (!give_frame(give, GIVE_RETRY_MS) || give_now() > deadline)
				return give_now() > deadline && give_late(give);
		text += give->keys;
		left -= give->keys < left ? give->keys : left;
		if (give->keys < size && !give_frame(give, GIVE_RETRY_MS))
			return false;
	}
	return true;
}

/* An answer of the shell. The watched Linux chooses parts of the watcher's other lines, and these
 * may come in the midst of an answer's. */
struct give_line {
	char text[160];
	bool first; /* it stands at the beginning of a line */
};

/* Takes the next line with GIVE_SAYS, from behind that on. False: there is none, which was
 * complained of. */
static bool give_line(struct give *give, struct give_line *line)
{
	const int64_t deadline = give_now() + link_patient(&give->link, GIVE_ANSWER_MS);

	while (give_now() <= deadline) {
		const char *says = strstr(give->said, GIVE_SAYS);
		const char *end = says != NULL ? strchr(says, '\n') : NULL;

		if (end != NULL) {
			line->first = says == give->said || says[-1] == '\n';
			says += strlen(GIVE_SAYS);
			snprintf(line->text, sizeof(line->text), "%.*s", (int)(end - says), says);
			give->length -= (size_t)(end - give->said);
			memmove(give->said, end, give->length + 1);
			return true;
		}
		if (!give_frame(give, GIVE_RETRY_MS))
			return false;
	}
	return give_late(give);
}

/* False: the shell says that it refuses, which was told. */
static bool give_good(const struct give_line *line)
{
	static const char error[] = "error: ";

	return !line->first || strncmp(line->text, error, strlen(error)) != 0 ||
	       give_wrong("the watcher refuses: ", line->text + strlen(error));
}

/* Waits for this very answer, and passes over other lines. `first`: it begins its line. */
static bool give_expect(struct give *give, const char *answer, bool first)
{
	struct give_line line;

	do {
		if (!give_line(give, &line) || !give_good(&line))
			return false;
	} while (strcmp(line.text, answer) != 0 || (first && !line.first));
	return true;
}

/* ---- the link ---- */

static bool give_find(struct give *give, const struct linkframe *frame)
{
	struct link_welcome welcome;
	struct link_source source;

	memcpy(&welcome, frame->payload, sizeof(welcome));
	for (uint32_t i = 0; i < welcome.partitions; i++) {
		if (sizeof(welcome) + (i + 1u) * sizeof(source) > frame->size)
			break;
		memcpy(&source, frame->payload + sizeof(welcome) + i * sizeof(source),
		       sizeof(source));
		source.name[sizeof(source.name) - 1] = '\0';
		if (strcmp(source.name, give->partition) == 0) {
			give->number = (uint8_t)i;
			return true;
		}
	}
	return give_wrong(
	    "the system has no such partition; name the watcher's by --partition NAME: ",
	    give->partition);
}

static bool give_open(struct give *give, const struct rules_way *way)
{
	struct linkframe welcome;

	*give = (struct give){.partition = way->partition, .pinged = give_now()};
	if (!link_open(&give->link, way->link, stderr))
		return false;
	give->link.rights = LINK_LOOK | LINK_TYPE;
	return link_hello(&give->link, &welcome, GIVE_HELLO_MS, stderr) &&
	       welcome.size >= sizeof(struct link_welcome) && give_find(give, &welcome) &&
	       give_type(give, GIVE_CANCEL);
}

/* ---- rules ---- */

/* A piece of a rule in base64, with zeros behind the rule's end. */
static void give_piece(const struct rule *rule, uint32_t at, char text[GIVE_PIECE / 3 * 4 + 1])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t byte[GIVE_PIECE] = {0};
	const uint32_t left = rule->size - at;

	memcpy(byte, (const uint8_t *)rule + at, left < GIVE_PIECE ? left : GIVE_PIECE);
	for (uint32_t i = 0; i < GIVE_PIECE; i += 3) {
		const uint32_t bits =
		    (uint32_t)byte[i] << 16 | (uint32_t)byte[i + 1] << 8 | byte[i + 2];

		for (uint32_t j = 0; j < 4; j++)
			*text++ = digits[bits >> (18 - 6 * j) & 63];
	}
	*text = '\0';
}

/* By the shell's command `verb`, which ends with an answer of its own. */
static bool give_rule(struct give *give, const char *verb, const struct rule *rule)
{
	char line[160], text[GIVE_PIECE / 3 * 4 + 1];

	snprintf(line, sizeof(line), "rules %s %u\r", verb, rule->size);
	if (!give_type(give, line))
		return false;
	for (uint32_t at = 0; at < rule->size; at += GIVE_PIECE) {
		snprintf(line, sizeof(line), "go on at %u", at);
		if (!give_expect(give, line, false))
			return false;
		give_piece(rule, at, text);
		if (!give_type(give, text))
			return false;
	}
	return true;
}

/* The lines of the shell's answer up to the last one, which says how a trial ended. */
static bool give_trial(struct give *give, const struct rule *rule, FILE *out)
{
	static const char finds[] = "it finds: ";
	struct give_line line;
	uint32_t count = 0;

	for (;;) {
		if (!give_line(give, &line) || !give_good(&line))
			return false;
		if (!line.first)
			continue;
		if (strncmp(line.text, finds, strlen(finds)) != 0)
			break;
		fprintf(out, "%s finds: %s\n", rule->name, line.text + strlen(finds));
		count++;
	}
	if (strcmp(line.text, "it can't tell") == 0)
		fprintf(out, "%s can't tell\n", rule->name);
	else
		fprintf(out, "%s: %s%u finding%s\n", rule->name,
		        strcmp(line.text, "there is more") == 0 ? "more than " : "", count,
		        count == 1 ? "" : "s");
	return true;
}

static bool give_close(struct give *give, bool good)
{
	link_close(&give->link, true);
	return link_printed(stdout, "rules", stderr) && good;
}

bool rules_add(const struct rules_way *way, const struct rules_made *made)
{
	struct give give;
	bool good = give_open(&give, way);

	for (; good && made != NULL; made = made->next) {
		good =
		    give_rule(&give, "add", made->rule) && give_expect(&give, "it is added", true);
		if (good)
			fprintf(way->out, "%s is added\n", made->rule->name);
	}
	return give_close(&give, good);
}

bool rules_test(const struct rules_way *way, const struct rules_made *made)
{
	struct give give;
	bool good = give_open(&give, way);

	for (; good && made != NULL; made = made->next)
		good =
		    give_rule(&give, "try", made->rule) && give_trial(&give, made->rule, way->out);
	return give_close(&give, good);
}

bool rules_remove(const struct rules_way *way, const char *name)
{
	struct give give;
	char line[160];
	bool good = give_open(&give, way);

	if (strlen(name) >= RULE_NAME || strpbrk(name, " \r\n\t") != NULL)
		good = give_wrong("that is no rule's name; 'kumiki rules list' lists them: ", name);
	snprintf(line, sizeof(line), "rules remove %s\r", name);
	good = good && give_type(&give, line);
	snprintf(line, sizeof(line), "%s is removed", name);
	good = good && give_expect(&give, line, true);
	if (good)
		fprintf(way->out, "%s is removed\n", name);
	return give_close(&give, good);
}

bool rules_list(const struct rules_way *way)
{
	struct give give;
	struct give_line line;
	bool good = give_open(&give, way) && give_type(&give, "rules list\r");

	while (good) {
		good = give_line(&give, &line) && give_good(&line);
		if (!good || (line.first && strcmp(line.text, "that is all") == 0))
			break;
		if (line.first)
			fprintf(way->out, "%s\n", line.text);
	}
	return give_close(&give, good);
}
