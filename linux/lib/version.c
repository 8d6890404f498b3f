/* SPDX-License-Identifier: MIT-0 */
/* This library's version: see libkumiki/libkumiki.h. */
#include <libkumiki/libkumiki.h>

const char *kumiki_version(void)
{
	return KUMIKI_VERSION;
}
