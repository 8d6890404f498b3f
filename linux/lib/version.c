/* SPDX-License-Identifier: MIT-0 */
/* The version of this library: see libkumiki/libkumiki.h. */
#include <libkumiki/libkumiki.h>

const char *kumiki_version(void)
{
	return KUMIKI_VERSION;
}
