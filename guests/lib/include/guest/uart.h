/* SPDX-License-Identifier: MIT-0 */
/* The PL011: output by polling, also for stdout. */
#ifndef GUEST_UART_H
#define GUEST_UART_H

#define UART_DR   0x000
#define UART_FR   0x018
#define UART_IBRD 0x024
#define UART_FBRD 0x028
#define UART_LCR  0x02c
#define UART_CR   0x030
#define UART_IFLS 0x034
#define UART_IMSC 0x038
#define UART_RIS  0x03c
#define UART_MIS  0x040
#define UART_ICR  0x044
#define UART_ID   0xfe0

#define UART_FR_TXFF (1u << 5)
#define UART_FR_RXFE (1u << 4)
#define UART_FR_TXFE (1u << 7)
#define UART_TX      (1u << 5) /* in IMSC, RIS, MIS, ICR */
#define UART_RX      (1u << 4)
#define UART_RT                                                                                    \
	(1u << 6) /* the receive time-out: fewer characters than the FIFO's level, and no more     \
	             come */

void uart_start(void);
void uart_put(char c);

#endif
