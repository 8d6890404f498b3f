/* Computes without an end. */
#include "turn.h"

int main(void)
{
	for (;;)
		turn_compute();
}
