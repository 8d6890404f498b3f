/* How lwIP is built for the network's server: one thread, the raw interface, IPv4. */
#ifndef NET_LWIPOPTS_H
#define NET_LWIPOPTS_H

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET          0
#define LWIP_NETCONN         0

#define LWIP_IPV4                1
#define LWIP_IPV6                0
#define LWIP_RAW                 1
#define LWIP_DHCP                1
#define LWIP_DNS                 1
#define LWIP_HAVE_LOOPIF         1
#define LWIP_NETIF_LOOPBACK      1
#define LWIP_NETIF_LINK_CALLBACK 0
#define IP_REASS_MAX_PBUFS       48 /* a datagram of 64 KiB */

/* Memory. A frame has one buffer of the pool. */
#define MEM_ALIGNMENT           8
#define MEM_SIZE                (512 * 1024)
#define PBUF_POOL_SIZE          256
#define MEMP_NUM_PBUF           128
#define MEMP_NUM_TCP_PCB        96
#define MEMP_NUM_TCP_PCB_LISTEN 32
#define MEMP_NUM_TCP_SEG        512
#define MEMP_NUM_UDP_PCB        64
#define MEMP_NUM_RAW_PCB        4
#define MEMP_NUM_REASSDATA      8
#define MEMP_NUM_FRAG_PBUF      64
#define ETH_PAD_SIZE            2 /* behind it an IP header is aligned */

#define TCP_MSS             1460
#define TCP_WND             (44 * TCP_MSS)
#define TCP_SND_BUF         (22 * TCP_MSS)
#define TCP_SND_QUEUELEN    96
#define TCP_LISTEN_BACKLOG  1
#define TCP_OOSEQ_MAX_PBUFS 44
#define LWIP_TCP_KEEPALIVE  1
#define SO_REUSE            1
#define IP_SOF_BROADCAST    1

/* Sums: of the frames that link.c takes it checks them itself, while it copies. */
#define LWIP_CHECKSUM_CTRL_PER_NETIF      1
#define LWIP_CHECKSUM_ON_COPY             1
#define TCP_CHECKSUM_ON_COPY_SANITY_CHECK 0
#define LWIP_CHKSUM                       sum_of
#define LWIP_CHKSUM_COPY                  sum_copy
#define MEMCPY(to, from, size)            copy_bytes(to, from, size)

#define LWIP_STATS         1
#define LWIP_STATS_DISPLAY 0

#include "sum.h"
#include <lib/copy.h>

#endif
