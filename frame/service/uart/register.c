/* See console/register.h. Linked with the drivers that use it. */
#include <console/register.h>

uint32_t register_read(uint64_t at)
{
	return *(volatile uint32_t *)at;
}

uint8_t register_read_8(uint64_t at)
{
	return *(volatile uint8_t *)at;
}

void register_write(uint64_t at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

void register_write_8(uint64_t at, uint8_t value)
{
	*(volatile uint8_t *)at = value;
}
