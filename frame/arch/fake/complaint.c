/* Complaints of the fake machine; see fake/complaint.h. Only the text of the first complaint is
 * kept, as it says most. */
#include <fake/complaint.h>
#include <stdarg.h>
#include <stdio.h>

static uint32_t complaints;
static char first[200];

void fake_complain(const char *format, ...)
{
	va_list arguments;

	if (complaints++ > 0)
		return;
	va_start(arguments, format);
	vsnprintf(first, sizeof(first), format, arguments);
	va_end(arguments);
}

uint32_t fake_complaints(void)
{
	return complaints;
}

const char *fake_complaint(void)
{
	return first;
}

void fake_complaints_forget(void)
{
	complaints = 0;
	first[0] = 0;
}
