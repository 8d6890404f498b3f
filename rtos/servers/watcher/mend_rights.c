/*
 * A process gets its parent's credentials, as at a fork (mend_change.h). What it had before stays
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

bool mend_is_orphan(const struct guest *guest, uint64_t task)
{
	uint64_t parent;

	return guest_word(guest, task + guest->facts->task_parent, &parent) &&
	       rights_is_first(guest, parent);
}

bool mend_rights(struct mend *mend, const struct guest *guest, uint64_t task)
{
	const struct watchfacts *facts = guest->facts;
	uint64_t parent, first, now, right;
	uint32_t users;

	if (facts->task_cred == 0 || !guest_word(guest, task + facts->task_parent, &parent) ||
	    rights_is_first(guest, parent) ||
	    !rights_of(guest, guest_address(guest, facts->init_task), &first) ||
	    !rights_of(guest, task, &now) || !rights_of(guest, parent, &right) || right == first ||
	    right == now || !guest_half(guest, right + facts->cred_users, &users) || users == 0 ||
	    users > RIGHTS_MOST)
		return false;
	return mend_change(mend, guest, task + facts->task_parent, parent, parent) &&
	       rights_change(mend, guest, parent, right, right) &&
	       mend_half(mend, guest, right + facts->cred_users, UINT32_MAX, users,
	                 users + RIGHTS_USERS) &&
	       rights_change(mend, guest, task, now, right);
}
