/*
 * What the fake machine's parts have to complain of: one list for all of them. A test ends with a
 * look at it and expects none.
 */
#ifndef FAKE_COMPLAINT_H
#define FAKE_COMPLAINT_H

#include <stdint.h>

__attribute__((format(printf, 1, 2))) void fake_complain(const char *format, ...);

/* How many there were, and the first one's words ("" if none). */
uint32_t fake_complaints(void);
const char *fake_complaint(void);

/* Each part's reset does this, too. */
void fake_complaints_forget(void);

#endif
