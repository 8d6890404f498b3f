/* See calendar.h. */
#include "calendar.h"

#define CALENDAR_FIRST 1970u
#define CALENDAR_LAST  2106u
#define CALENDAR_DAY   86400u

static bool calendar_is_leap(uint32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint32_t calendar_year_days(uint32_t year)
{
	return calendar_is_leap(year) ? 366 : 365;
}

/* Months are counted from 1. */
static uint32_t calendar_month_days(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && calendar_is_leap(year) ? 29 : days[month - 1];
}

static void calendar_add_part(struct text *text, uint64_t number, const char *before)
{
	text_add(text, before);
	text_add(text, number < 10 ? "0" : "");
	text_number(text, number);
}

void calendar_add(struct text *text, uint64_t seconds)
{
	uint64_t days = seconds / CALENDAR_DAY;
	uint32_t year = CALENDAR_FIRST, month = 1;

	for (; days >= calendar_year_days(year); year++)
		days -= calendar_year_days(year);
	for (; days >= calendar_month_days(year, month); month++)
		days -= calendar_month_days(year, month);
	calendar_add_part(text, year, "");
	calendar_add_part(text, month, "-");
	calendar_add_part(text, days + 1, "-");
	calendar_add_part(text, seconds / 3600 % 24, " ");
	calendar_add_part(text, seconds / 60 % 60, ":");
	calendar_add_part(text, seconds % 60, ":");
}

/* Reads three numbers of up to four digits, with `between` them and nothing behind. */
static bool calendar_numbers(const char *string, char between, uint32_t number[3])
{
	for (uint32_t i = 0; i < 3; i++) {
		const char *begin = string;

		number[i] = 0;
		while (*string >= '0' && *string <= '9' && string - begin < 4)
			number[i] = number[i] * 10 + (uint32_t)(*string++ - '0');
		if (string == begin || *string != (i < 2 ? between : '\0'))
			return false;
		string++;
	}
	return true;
}

static bool calendar_is_day(const uint32_t day[3])
{
	return day[0] >= CALENDAR_FIRST && day[0] <= CALENDAR_LAST && day[1] >= 1 && day[1] <= 12 &&
	       day[2] >= 1 && day[2] <= calendar_month_days(day[0], day[1]);
}

bool calendar_read(const char *day, const char *time, uint64_t *seconds)
{
	uint32_t date[3], clock[3];
	uint64_t days;

	if (!calendar_numbers(day, '-', date) || !calendar_is_day(date) ||
	    !calendar_numbers(time, ':', clock) || clock[0] > 23 || clock[1] > 59 || clock[2] > 59)
		return false;
	days = date[2] - 1;
	for (uint32_t year = CALENDAR_FIRST; year < date[0]; year++)
		days += calendar_year_days(year);
	for (uint32_t month = 1; month < date[1]; month++)
		days += calendar_month_days(date[0], month);
	*seconds = days * CALENDAR_DAY + clock[0] * 3600 + clock[1] * 60 + clock[2];
	return true;
}
