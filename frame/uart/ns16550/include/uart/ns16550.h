/* The 16550's registers by which the frame itself speaks. C and assembly read this. */
#ifndef UART_NS16550_H
#define UART_NS16550_H

#define NS16550_THR  0
#define NS16550_LSR  5
#define NS16550_THRE 5 /* this bit of LSR: the transmitter's FIFO is empty */

#define NS16550_WORDS 5 /* this bit of `registers`: BUNDLE_UART_WORDS */

#endif
