/*
 * The registers of the i.MX UART by which the frame itself speaks (i.MX 8M Plus Applications
 * Processor Reference Manual, "UART"). C and assembly read this.
 */
#ifndef UART_IMX_H
#define UART_IMX_H

#define IMX_UTXD 0x40
#define IMX_UCR1 0x80
#define IMX_UCR2 0x84
#define IMX_UTS  0xb4
#define IMX_FULL 4 /* this bit of UTS: the transmitter's FIFO is full */

#define IMX_UCR1_ON  0x1    /* UARTEN */
#define IMX_UCR2_RUN 0x4027 /* no flow control, 8 bits; transmitter, receiver; no reset */

#endif
