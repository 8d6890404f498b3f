/* See host/jsonfile.h. */
#include <host/jsonfile.h>

static void jsonfile_put(void *to, char c)
{
	putc(c, to);
}

struct json jsonfile(FILE *out)
{
	return (struct json){.put = jsonfile_put, .to = out};
}
