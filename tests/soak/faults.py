"""What goes wrong. Each fault happens at once, and is taken back after a moment where it would last."""
import contextlib
import os
import signal
import time

from world import NAMES


def pause(chance):
    time.sleep(chance.uniform(0.02, 0.4))


def kill_server(world, chance):
    world.server.kill()
    pause(chance)
    world.server.start()


def stop_server(world, chance):
    """It hears nothing for a while and then goes on."""
    world.server.process.send_signal(signal.SIGSTOP)
    pause(chance)
    world.server.process.send_signal(signal.SIGCONT)


def end_server(world, chance):
    """As an operator does it."""
    with contextlib.suppress(Exception):
        world.server.stop(seconds=60)
    pause(chance)
    world.server.start()


def kill_client(world, chance):
    process = world.running[chance.choice(NAMES)]
    if process:
        process.kill()


def stop_client(world, chance):
    process = world.running[chance.choice(NAMES)]
    if process:
        process.send_signal(signal.SIGSTOP)
        pause(chance)
        process.send_signal(signal.SIGCONT)


def kill_mount(world, chance):
    name = chance.choice(NAMES)
    world.mounts[name].lose()
    pause(chance)
    world.remount(name)


def stop_mount(world, chance):
    process = world.mounts[chance.choice(NAMES)].process
    process.send_signal(signal.SIGSTOP)
    pause(chance)
    process.send_signal(signal.SIGCONT)


def cut(world, chance):
    world.relays[chance.choice(NAMES)].cut()


def hold(world, chance):
    """Nothing passes for a while."""
    relay = world.relays[chance.choice(NAMES)]
    relay.open.clear()
    pause(chance)
    relay.open.set()


def flip(world, chance):
    world.relays[chance.choice(NAMES)].flip()


def fill_disk(world, chance):
    with contextlib.suppress(OSError), open(world.ballast, "wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(1 << 20))
    with contextlib.suppress(OSError), open(world.ballast, "ab", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))
    pause(chance)
    os.unlink(world.ballast)


ALWAYS = [kill_server, end_server, stop_server, kill_client, stop_client, cut, cut, hold, flip, flip]
WITH_MOUNTS = [kill_mount, stop_mount]
WITH_SMALL_DISK = [fill_disk]


def table(world):
    return ALWAYS + (WITH_MOUNTS if world.with_mounts else []) + (WITH_SMALL_DISK if world.small_disk else [])
