/* Registers of a device, of 32 bits and of 8. Host tests link a fake device. */
#ifndef CONSOLE_REGISTER_H
#define CONSOLE_REGISTER_H

#include <stdint.h>

uint32_t register_read(uint64_t at);
uint8_t register_read_8(uint64_t at);
void register_write(uint64_t at, uint32_t value);
void register_write_8(uint64_t at, uint8_t value);

#endif
