/*
 * The back end for a machine's link: see back.h. It is two clients of the machine's hub. One looks,
 * the other acts, so a long act doesn't hold up what is seen. Each has one command under way; the
 * others wait in a queue. A client whose command isn't answered in time says hello again: with
 * this the hub cancels the command.
 */
#include <host/link.h>
#include <inttypes.h>
#include <keeper/back.h>
#include <kumiki/link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CLIENT_WAITING  16u
#define CLIENT_FRAMES   64u          /* in a turn, so that output in a flood leaves others time */
#define CLIENT_TEXT_MAX (512u << 10) /* of an answer */
#define CLIENT_LINE_MAX 96u
#define CLIENT_HELLO_MS 1500  /* until the next hello to a hub that doesn't welcome */
#define CLIENT_LOOK_MS  10000 /* without a part of an answer */
#define CLIENT_ACT_MS   40000 /* the system itself reports waits of more than 30 s */
#define CLIENT_ALONE_MS 10000 /* until a link with one place is taken for one */

struct waiting {
	char line[CLIENT_LINE_MAX];
	back_answered *answered;
	void *to;
};

struct client {
	struct back *back;
	struct link link;
	int silence;       /* ms without a part of an answer that are too long */
	bool in;           /* the hub has welcomed it */
	bool known;        /* the hub has welcomed it once */
	bool busy;         /* more frames are read already */
	char refused[128]; /* why the hub doesn't let it in; "": it does, or hasn't said */
	int64_t helloed, heard;
	struct waiting queue[CLIENT_WAITING];
	size_t first, count;
	bool asked; /* queue[first] is under way */
	char *text; /* of the answer; CLIENT_TEXT_MAX + 1 bytes */
	size_t size;
};

struct back {
	struct back_listener listener;
	struct client look, act;
	uint32_t partitions; /* as the system's welcome said */
	int64_t welcomed;    /* when the first client was let in */
	int64_t heard;       /* when the machine last answered or printed */
	char why[160];       /* "": the machine is there */
};

/* ---- answers ---- */

/* The question leaves the queue before it is answered: the callback may ask the next one. */
static void client_done(struct client *client, enum back_result result, const char *text,
                        size_t size)
{
	const struct waiting waiting = client->queue[client->first];
	const struct back_answer answer = {result, text, size};

	client->first = (client->first + 1) % CLIENT_WAITING;
	client->count--;
	client->asked = false;
	waiting.answered(waiting.to, &answer);
}

static void client_words(struct client *client, enum back_result result, const char *words)
{
	client_done(client, result, words, strlen(words));
}

static void client_answer(struct client *client, const struct linkframe *frame, int64_t now)
{
	const size_t size = frame->size - 3u;

	client->heard = client->back->heard = now;
	if (client->size + size > CLIENT_TEXT_MAX)
		client->size = CLIENT_TEXT_MAX + 1; /* too much: it stays so */
	if (client->size <= CLIENT_TEXT_MAX) {
		memcpy(client->text + client->size, frame->payload + 3, size);
		client->size += size;
	}
	if (frame->payload[1] == 0)
		return;
	if (client->size > CLIENT_TEXT_MAX) {
		client_words(client, BACK_FAILED, "the answer is too long");
		return;
	}
	client->text[client->size] = '\0';
	client_done(client, frame->payload[2] == 0 ? BACK_DONE : BACK_FAILED, client->text,
	            client->size);
}

/* ---- the hub ---- */

/* A machine that reads nothing doesn't stop the keeper: a frame without room is left out, and a
 * later hello, or the question's silence, makes up for it. */
static void client_send(struct client *client, uint8_t type, const void *payload, size_t size)
{
	struct pollfd output = {.fd = client->link.output, .events = POLLOUT};

	if (poll(&output, 1, 0) == 1)
		(void)link_send(&client->link, type, payload, size);
}

static void client_hello(struct client *client, int64_t now)
{
	const uint32_t hello[2] = {LINK_REVISION, client->link.rights};

	client->in = false;
	client->helloed = now;
	client_send(client, LINK_HELLO, hello, sizeof(hello));
}

static void client_welcome(struct client *client, const struct linkframe *frame, int64_t now)
{
	struct link_welcome welcome;

	if (frame->size < sizeof(welcome))
		return;
	memcpy(&welcome, frame->payload, sizeof(welcome));
	client->back->partitions = welcome.partitions;
	if (client->back->welcomed == 0)
		client->back->welcomed = now;
	client->in = client->known = true;
	client->refused[0] = '\0';
	if (client == &client->back->look)
		client->back->listener.news(client->back->listener.to);
}

/* Without the right to command, the machine is seen all the same. */
static void client_error(struct client *client, const struct linkframe *frame, int64_t now)
{
	char words[128];

	(void)link_fault(frame, words, sizeof(words));
	if (link_wants_hello(frame)) {
		client_hello(client, now);
	} else if (frame->size > 0 && frame->payload[0] == LINK_HELLO) {
		memcpy(client->refused, words, sizeof(words));
	} else if (client->asked) {
		client_words(client, BACK_FAILED, words);
	}
}

/* Before a welcome it isn't known how many systems there are: then nothing is Kumiki's own. */
static void client_output(const struct client *client, const struct linkframe *frame, int64_t now)
{
	struct back *back = client->back;
	bool own;

	if (frame->size < 2)
		return;
	back->heard = now;
	own = back->welcomed != 0 && frame->payload[0] >= back->partitions;
	if (back->listener.output != NULL)
		back->listener.output(back->listener.to, own ? BACK_KUMIKI : frame->payload[0],
		                      frame->payload + 1, frame->size - 1);
	if (frame->payload[0] < back->partitions)
		back->listener.printed(back->listener.to, frame->payload[0]);
	else
		back->listener.news(back->listener.to);
}

static void client_frame(struct client *client, const struct linkframe *frame, int64_t now)
{
	switch (frame->type) {
	case LINK_WELCOME:
		client_welcome(client, frame, now);
		break;
	case LINK_OUTPUT:
		client_output(client, frame, now);
		break;
	case LINK_ANSWER:
		if (client->asked && frame->size >= 3)
			client_answer(client, frame, now);
		break;
	case LINK_ERROR:
		client_error(client, frame, now);
		break;
	default:
		break;
	}
}

/* Sends the next question, if none is under way. */
static void client_next(struct client *client, int64_t now)
{
	uint8_t payload[1 + CLIENT_LINE_MAX] = {0}; /* line 0 of the link */
	const char *line = client->queue[client->first].line;
	const size_t size = strlen(line);

	if (!client->in || client->asked || client->count == 0)
		return;
	memcpy(payload + 1, line, size + 1);
	client->asked = true;
	client->heard = now;
	client->size = 0;
	client_send(client, LINK_COMMAND, payload, 1 + size);
}

static void client_patience(struct client *client, int64_t now)
{
	if (client->asked && now - client->heard >= link_patient(&client->link, client->silence)) {
		client_hello(client, now);
		client_words(client, BACK_SILENCE, "the machine doesn't answer");
	} else if (!client->in && client->refused[0] == '\0' &&
	           now - client->helloed >= CLIENT_HELLO_MS) {
		client_hello(client, now);
	}
	while (client->refused[0] != '\0' && client->count > 0)
		client_words(client, BACK_FAILED, client->refused);
	while (!client->in && client->count > 0)
		client_words(client, BACK_SILENCE, "the machine doesn't answer yet");
}

/* False: the hub is gone. */
static bool client_turn(struct client *client, int64_t now)
{
	enum link_result result = LINK_GOT_FRAME;
	struct linkframe frame;

	for (unsigned int i = 0; i < CLIENT_FRAMES && result == LINK_GOT_FRAME; i++) {
		result = link_receive(&client->link, &frame, 0);
		if (result == LINK_GOT_FRAME)
			client_frame(client, &frame, now);
	}
	client->busy = result == LINK_GOT_FRAME;
	if (result == LINK_CLOSED)
		return false;
	client_patience(client, now);
	client_next(client, now);
	return true;
}

/* Why the client is over: the hub's last words, or why it didn't let the client in. */
static const char *client_why(struct client *client)
{
	return link_why(&client->link, client->refused[0] != '\0'
	                                   ? client->refused
	                                   : "the machine is off, or the link was closed");
}

static bool client_open(struct client *client, struct back *back, const char *where,
                        uint32_t rights, int silence, FILE *complaints)
{
	client->back = back;
	client->silence = silence;
	client->text = malloc(CLIENT_TEXT_MAX + 1);
	if (client->text == NULL || !link_open(&client->link, where, complaints))
		return false;
	client->link.rights = rights;
	client->helloed = -CLIENT_HELLO_MS;
	return true;
}

static void client_close(struct client *client)
{
	link_close(&client->link, false);
	free(client->text);
}

/* ---- the back end ---- */

static void back_over(struct back *back, const char *why)
{
	snprintf(back->why, sizeof(back->why), "%s", why);
	while (back->look.count > 0)
		client_words(&back->look, BACK_SILENCE, back->why);
	while (back->act.count > 0)
		client_words(&back->act, BACK_SILENCE, back->why);
}

/* Two clients can't have a terminal device, nor standard input and output. */
static bool back_is_socket(const char *where, FILE *complaints)
{
	struct stat status;

	if (strcmp(where, "-") != 0 && (stat(where, &status) != 0 || S_ISSOCK(status.st_mode)))
		return true; /* link_open() says what is wrong */
	fprintf(complaints,
	        "kumiki-keeper: '%s' is no socket; share it first: kumiki hub --at SOCKET %s, and "
	        "give SOCKET\n",
	        where, where);
	return false;
}

struct back *back_open(const char *where, const struct back_listener *listener, FILE *complaints)
{
	struct back *back = back_is_socket(where, complaints) ? calloc(1, sizeof(*back)) : NULL;

	if (back == NULL)
		return NULL;
	back->listener = *listener;
	back->look.link.input = back->look.link.output = -1;
	back->act.link.input = back->act.link.output = -1;
	if (client_open(&back->look, back, where, LINK_LOOK, CLIENT_LOOK_MS, complaints) &&
	    client_open(&back->act, back, where, LINK_ORDER, CLIENT_ACT_MS, complaints))
		return back;
	back_close(back);
	return NULL;
}

void back_close(struct back *back)
{
	back_over(back, "the keeper ends");
	client_close(&back->look);
	client_close(&back->act);
	free(back);
}

nfds_t back_files(const struct back *back, struct pollfd files[BACK_FILES])
{
	files[0] = (struct pollfd){.fd = back->look.link.input, .events = POLLIN};
	files[1] = (struct pollfd){.fd = back->act.link.input, .events = POLLIN};
	return BACK_FILES;
}

/* Whether it has frames to take, or a question to send. */
static bool client_is_busy(const struct client *client)
{
	return client->busy || (client->in && !client->asked && client->count > 0);
}

bool back_is_busy(const struct back *back)
{
	return client_is_busy(&back->look) || client_is_busy(&back->act);
}

int64_t back_heard(const struct back *back)
{
	return back->heard;
}

bool back_may_act(const struct back *back)
{
	return back->act.refused[0] == '\0';
}

/* A link without a hub serves one client, and the second one waits for ever. */
static bool back_is_alone(const struct back *back, int64_t now)
{
	return back->look.in && !back->act.known && back->act.refused[0] == '\0' &&
	       now - back->welcomed >= link_patient(&back->act.link, CLIENT_ALONE_MS);
}

bool back_turn(struct back *back, int64_t now)
{
	if (back->why[0] != '\0')
		return false;
	if (!client_turn(&back->look, now) || back->look.refused[0] != '\0')
		back_over(back, client_why(&back->look));
	else if (!client_turn(&back->act, now))
		back_over(back, client_why(&back->act));
	else if (back_is_alone(back, now))
		back_over(back, "this link serves one client; share it: kumiki hub --at SOCKET "
		                "LINK, and give SOCKET");
	return back->why[0] == '\0';
}

const char *back_why(const struct back *back)
{
	return back->why;
}

const char *back_untold(const struct back *back)
{
	(void)back;
	return NULL;
}

static const char *const back_documents[] = {
    [BACK_LIST] = "list", [BACK_ACCOUNTS] = "accounts", [BACK_CORES] = "cores",
    [BACK_SHOW] = "show", [BACK_LOG] = "log",
};

static void back_line(char line[CLIENT_LINE_MAX], const struct back_question *question)
{
	const char *word =
	    question->what < BACK_ACTS ? back_documents[question->what] : back_word(question->what);

	if (question->what == BACK_LOG)
		snprintf(line, CLIENT_LINE_MAX, "%s %s %u --json", word, question->system,
		         question->lines);
	else if (question->what == BACK_SHOW)
		snprintf(line, CLIENT_LINE_MAX, "%s %s --json", word, question->system);
	else if (question->what == BACK_GIVE)
		snprintf(line, CLIENT_LINE_MAX, "%s %u %s", word, question->core,
		         question->system[0] != '\0' ? question->system : "nobody");
	else if (question->what >= BACK_ACTS)
		snprintf(line, CLIENT_LINE_MAX, "%s %s%s", word, question->system,
		         question->off ? " off" : "");
	else
		snprintf(line, CLIENT_LINE_MAX, "%s --json", word);
}

bool back_ask(struct back *back, const struct back_question *question, back_answered *answered,
              void *to)
{
	struct client *client = question->what >= BACK_ACTS ? &back->act : &back->look;
	struct waiting *waiting = &client->queue[(client->first + client->count) % CLIENT_WAITING];

	if (client->count == CLIENT_WAITING)
		return false;
	back_line(waiting->line, question);
	waiting->answered = answered;
	waiting->to = to;
	client->count++;
	return true;
}
