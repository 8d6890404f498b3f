/* The PL011's registers by which the frame itself speaks. C and assembly read this. */
#ifndef UART_PL011_H
#define UART_PL011_H

#define PL011_DR   0x00
#define PL011_FR   0x18
#define PL011_TXFF 5 /* this bit of FR: the transmitter's FIFO is full */

#endif
