/*
 * A back end: where the keeper gets a machine's documents from, and to whom it gives acts. The
 * keeper is linked with one: back_link.c on a host, back_panel.c in a Linux of the machine itself.
 * It has no thread of its own: it does its work in back_turn(), and calls back from there.
 */
#ifndef KEEPER_BACK_H
#define KEEPER_BACK_H

#include <kumiki/bundle.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BACK_FILES 2u /* that a back end waits for, at most */

enum back_what {
	BACK_LIST,     /* the documents of docs/reference/json.md: `list` */
	BACK_ACCOUNTS, /* `accounts` */
	BACK_CORES,    /* `cores` */
	BACK_SHOW,     /* `partition` of `system` */
	BACK_LOG,      /* `log` of `system`, with so many `lines` */
	BACK_START,    /* from here on acts, on `system`, answered by words */
	BACK_STOP,
	BACK_SUSPEND,
	BACK_RESUME,
	BACK_RESTART,
	BACK_GIVE, /* `core` to `system`, or to nobody */
	BACK_WHATS
};
#define BACK_ACTS BACK_START /* the first of them */

struct back_question {
	enum back_what what;
	char system[BUNDLE_NAME_SIZE + 1]; /* a name of the last `list`; "": BACK_GIVE to nobody */
	unsigned int lines;
	unsigned int core;
	bool off; /* BACK_STOP: even if the machine goes off behind it */
};

enum back_result {
	BACK_DONE,
	BACK_FAILED,  /* the machine, or whoever is between, says no; the text says why */
	BACK_SILENCE, /* no answer came; the text says so */
};

/* The text lives until the callback returns. It ends with a NUL that `size` doesn't count. */
struct back_answer {
	enum back_result result;
	const char *text;
	size_t size;
};
typedef void back_answered(void *to, const struct back_answer *answer);

#define BACK_KUMIKI UINT32_MAX /* in place of a system's index */

/* Whom a back end tells what nobody asked for. */
struct back_listener {
	void *to;
	void (*news)(void *to); /* a life may have changed */
	void (*printed)(void *to,
	                uint32_t system); /* the system with this index printed something */
	/* What a system printed, or Kumiki itself: BACK_KUMIKI. NULL: nobody wants it. */
	void (*output)(void *to, uint32_t system, const void *bytes, size_t size);
};

struct back;

/* Opens what `where` names. NULL: it has complained. The listener has to stay. */
struct back *back_open(const char *where, const struct back_listener *listener, FILE *complaints);

/* Answers all questions before. */
void back_close(struct back *back);

/* Fills in the files to wait for; returns how many. */
nfds_t back_files(const struct back *back, struct pollfd files[BACK_FILES]);

/* Does what can be done without waiting. False: the machine is gone for good, and back_why() says
 * why; all questions are answered. */
bool back_turn(struct back *back, int64_t now);
const char *back_why(const struct back *back);

/* Whether there is more to do at once. */
bool back_is_busy(const struct back *back);

/* When the machine last answered or printed something, ever; 0: it never did. A hub's welcome says
 * nothing of the machine. */
int64_t back_heard(const struct back *back);

/* Whether acts are allowed, as far as it is known. */
bool back_may_act(const struct back *back);

/* What this back end never tells, in a sentence; NULL: it tells all. */
const char *back_untold(const struct back *back);

/* Asks. `answered` is called once, in a later back_turn() or in back_close(). False: too many
 * questions wait; it isn't called. */
bool back_ask(struct back *back, const struct back_question *question, back_answered *answered,
              void *to);

/* ---- back.c ---- */

/* The word of an act, such as "restart". back_act(): the act with this word; BACK_LIST: none. */
const char *back_word(enum back_what act);
enum back_what back_act(const char *word);

/* What is wrong with an act's words on a command line; NULL: nothing. Of `system` and `core` NULL
 * is none. */
const char *back_wrong(const char *act, const char *system, const char *core, bool off);

#endif
