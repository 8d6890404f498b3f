#!/usr/bin/env python3
"""Runs a campaign, on from where it was left (build/campaign): `make campaign TARGET=ramfs N=2000`.

campaign.py says what a campaign is.

  campaigns.py --target worker N     so many faults in servers of the RTOS, in runs of their own
  … --target ramfs N                 in the RAM file system, under clients that keep files
  … --target shipped N               in servers and drivers of a system as it ships, under programs that use them all
  … --target kernel N                in the RTOS's kernel, each in a machine of its own with two CPUs
  … --target kernel-one N            the same in partitions with one CPU and a watchdog
  … --target damage-KIND N           in the frame while a core is at EL2, at random
  … --target WAY                     a crash of the frame at each instruction of a way through it
  … --target service-NAME N          in console, warden or loader, at random
"""

import argparse

import campaign
import frame_campaign
import frame_damage
import kernel_campaign
import server_campaign
import service_damage
import shipped_campaign

WORKERS = 2  # machines side by side, where a case has its own
TARGETS = {
    **{name: lambda name=name: server_campaign.Servers(name) for name in server_campaign.TARGETS},
    "shipped": shipped_campaign.Shipped,
    **{name: lambda name=name: kernel_campaign.KernelCampaign(name) for name in kernel_campaign.TARGETS},
    **{f"damage-{kind}": lambda kind=kind: frame_damage.Kind(kind) for kind in frame_damage.KINDS},
    **{way: lambda way=way: frame_campaign.Way(way) for way in frame_campaign.ALL_WAYS},
    **{f"service-{name}": lambda name=name: service_damage.Service(name) for name in service_damage.SERVICES},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faults", type=int, nargs="?", default=200)
    parser.add_argument("--target", choices=TARGETS, default="worker")
    options = parser.parse_args()
    chosen = TARGETS[options.target]().open()
    rows = chosen.go_on(chosen.cases(options.faults), WORKERS if chosen.many == 1 else 1)
    print(campaign.show(chosen, rows))


if __name__ == "__main__":
    main()
