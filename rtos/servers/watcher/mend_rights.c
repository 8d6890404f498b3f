/*
 * A process gets its parent's credentials, as at a fork (mend_change.h); a child of the first
 * process, which may be an orphan, those with which its program was begun. What it had before stays
 * in memory: nobody knows whether anybody counted its users.
 */
#include "mend_change.h"

#define RIGHTS_USERS 2u         /* of a process: its own credentials, and those that it acts by */
#define RIGHTS_MOST  0x7000000u /* users; more aren't believed */

/* False: a process acts by others for a while, or is about to change them. */
static bool rights_of(const struct guest *guest, uint64_t task, uint64_t *rights)
{
	uint64_t own;

	return guest_word(guest, task + guest->facts->task_cred, rights) &&
	       guest_word(guest, task + guest->facts->task_real_cred, &own) && own == *rights;
}

/* Both are `now`, and become `then`. */
static bool rights_change(struct mend *mend, const struct guest *guest, uint64_t task, uint64_t now,
                          uint64_t then)
{
	return mend_change(mend, guest, task + guest->facts->task_cred, now, then) &&
	       mend_change(mend, guest, task + guest->facts->task_real_cred, now, then);
}

/* The first process: an orphan is its child, too, and must not get all rights. */
static bool rights_is_first(const struct guest *guest, uint64_t task)
{
	uint64_t parent;

	return !guest_word(guest, task + guest->facts->task_parent, &parent) ||
	       parent == guest_address(guest, guest->facts->init_task);
}

/* Adds that the pointer has to stay as it is. */
static bool rights_follow(struct mend *mend, const struct guest *guest, uint64_t at, uint64_t *to)
{
	return guest_word(guest, at, to) && mend_look_at(mend, guest, at, *to);
}

static bool rights_of_parent(struct mend *mend, const struct guest *guest, uint64_t task,
                             uint64_t *right)
{
	uint64_t parent;

	return rights_follow(mend, guest, task + guest->facts->task_parent, &parent) &&
	       rights_of(guest, parent, right) &&
	       rights_change(mend, guest, parent, *right, *right);
}

/* The opener of the program's file had them. Root's are none: a daemon may have given them up. */
static bool rights_of_begin(struct mend *mend, const struct guest *guest, uint64_t task,
                            uint64_t *right)
{
	const struct watchfacts *facts = guest->facts;
	uint64_t memory, file;
	uint32_t user;

	return facts->task_cred != 0 &&
	       rights_follow(mend, guest, task + facts->task_mm, &memory) &&
	       rights_follow(mend, guest, memory + facts->memory_file, &file) &&
	       rights_follow(mend, guest, file + facts->file_cred, right) &&
	       guest_half(guest, *right + facts->cred_user, &user) && user != 0;
}

/* True: its parent is the first process. */
static bool rights_is_of_first(const struct guest *guest, uint64_t task)
{
	uint64_t parent;

	return guest_word(guest, task + guest->facts->task_parent, &parent) &&
	       rights_is_first(guest, parent);
}

static bool rights_it_had(struct mend *mend, const struct guest *guest, uint64_t task,
                          uint64_t *right)
{
	return rights_is_of_first(guest, task) ? rights_of_begin(mend, guest, task, right)
	                                       : rights_of_parent(mend, guest, task, right);
}

bool mend_has_no_rights(const struct guest *guest, uint64_t task)
{
	struct mend looks = {.count = 0};
	uint64_t first, now, right;

	if (!rights_of(guest, guest_address(guest, guest->facts->init_task), &first) ||
	    !rights_of(guest, task, &now))
		return false; /* it changes them */
	if (!rights_it_had(&looks, guest, task, &right))
		return rights_is_of_first(guest, task);
	return right == first || right == now;
}

bool mend_rights(struct mend *mend, const struct guest *guest, uint64_t task)
{
	const struct watchfacts *facts = guest->facts;
	uint64_t first, now, right;
	uint32_t users;

	if (facts->task_cred == 0 ||
	    !rights_of(guest, guest_address(guest, facts->init_task), &first) ||
	    !rights_of(guest, task, &now) || !rights_it_had(mend, guest, task, &right) ||
	    right == first || right == now ||
	    !guest_half(guest, right + facts->cred_users, &users) || users == 0 ||
	    users > RIGHTS_MOST)
		return false;
	return mend_half(mend, guest, right + facts->cred_users, UINT32_MAX, users,
	                 users + RIGHTS_USERS) &&
	       rights_change(mend, guest, task, now, right);
}
