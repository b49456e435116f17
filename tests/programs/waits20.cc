/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C++20's semaphores, latches, barriers and atomic waits: each is waited for by a thread that then really sleeps. */
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <latch>
#include <semaphore>
#include <thread>

using namespace std::chrono_literals;

static std::counting_semaphore<8> tokens{0};
static std::latch start{2};
static std::barrier meeting{2};
static std::atomic<int> flag{0};

static void follow()
{
	tokens.acquire();
	start.arrive_and_wait();
	flag.wait(0);
	meeting.arrive_and_wait();
}

int main()
{
	std::thread thread(follow);

	/* Long enough for the other one to give up spinning; it does not matter when it is not. */
	std::this_thread::sleep_for(50ms);
	tokens.release();
	std::this_thread::sleep_for(50ms);
	start.arrive_and_wait();
	std::this_thread::sleep_for(50ms);
	flag = 1;
	flag.notify_all();
	std::this_thread::sleep_for(50ms);
	meeting.arrive_and_wait();
	thread.join();
	std::printf("timed: %d\n", tokens.try_acquire_for(10ms));
	return 0;
}
