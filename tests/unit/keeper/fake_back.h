/*
 * A back end whose machine is the test: in back_turn() it answers the picture's three questions
 * from `fake_back`, and it keeps each other question until the test answers it.
 */
#ifndef KEEPER_FAKE_BACK_H
#define KEEPER_FAKE_BACK_H

#include <keeper/back.h>

struct fake_back {
	const char *list, *accounts, *cores; /* NULL: no answer comes */
	int64_t heard; /* when it last answered; the test may say it printed */
	bool may_act;
	const char *untold;         /* what it never tells; NULL: nothing */
	bool full;                  /* no more questions are taken */
	struct back_question asked; /* that the test has to answer */
	unsigned int waiting;       /* 0 or 1 */
	unsigned int lists;         /* how often the list was asked for */
};
extern struct fake_back fake_back;

/* As at the beginning of each test. */
void fake_back_reset(void);

/* Answers the question that waits. */
void fake_back_answer(enum back_result result, const char *text);

#endif
