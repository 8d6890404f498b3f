/*
 * What the fake machine's parts complain of, counted for all of them together. A test ends with a
 * look, and expects no complaint.
 */
#ifndef FAKE_COMPLAINT_H
#define FAKE_COMPLAINT_H

#include <stdint.h>

__attribute__((format(printf, 1, 2))) void fake_complain(const char *format, ...);

/* Return the number of complaints, and the text of the first one ("" if there is none). */
uint32_t fake_complaints(void);
const char *fake_complaint(void);

/* Forgets all complaints. The reset of each part does so, too. */
void fake_complaints_forget(void);

#endif
