/* The process around kumiki-cores: see cores.h. */
#include "cores.h"

int main(int count, char *arguments[])
{
	return agent_run(count, arguments, NULL, stdout, stderr);
}
