/*
 * The changes of a mend (mend.h), one by one: each is added to it if the guest's memory has what it
 * expects. Where a function returns a bool, false says that it hasn't.
 */
#ifndef WATCHER_MEND_CHANGE_H
#define WATCHER_MEND_CHANGE_H

#include "mend.h"

#define MEND_POINTER 8u

void mend_add(struct mend *mend, struct watch_change change);

/* No list lies in text or constants: a forged one would have code or constants written. */
bool mend_may_write(const struct guest *guest, const struct watch_change *change);

/* A word at the kernel's own address becomes `value`, if it is `expected` then; or if it is still
 * as it is now. False: the address leads nowhere, or to what isn't written. */
bool mend_change(struct mend *mend, const struct guest *guest, uint64_t address, uint64_t expected,
                 uint64_t value);
bool mend_word(struct mend *mend, const struct guest *guest, uint64_t address, uint64_t value);

/* A word has to be `value` already. */
bool mend_look_at(struct mend *mend, const struct guest *guest, uint64_t address, uint64_t value);

/* Some bits of 4 aligned bytes at the kernel's own address. */
bool mend_half(struct mend *mend, const struct guest *guest, uint64_t address, uint32_t mask,
               uint32_t expected, uint32_t value);

/* The process lives: its number leads to it, and it back. */
bool mend_lives(struct mend *mend, const struct guest *guest, uint64_t task);

/* A lock has to be free: 4 bytes at this place of the image. */
void mend_lock(struct mend *mend, const struct guest *guest, uint32_t lock, uint32_t free);

/* Puts a process's number back into the PID tree, as the kernel itself does: mend_number.c */
bool mend_number(struct mend *mend, const struct guest *guest, uint64_t task);

/* Whether nothing says which rights the process had: its parent is the first process, and its
 * program was begun with root's; or those that the parent has are no others. */
bool mend_has_no_rights(const struct guest *guest, uint64_t task);

/* Gives a process its parent's credentials, or those with which its program was begun, if these
 * aren't its own or the kernel's: mend_rights.c */
bool mend_rights(struct mend *mend, const struct guest *guest, uint64_t task);

#endif
