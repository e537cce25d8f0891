#include "proto/net/disk_pool.h"

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace dftp::net {
namespace {

class PoolPiece {
 public:
  virtual ~PoolPiece() = default;
  virtual void run() = 0;
};

// Calls a function, and then the handler on its own executor.
template <class Handler>
class PoolCall final : public PoolPiece {
 public:
  PoolCall(void (*function)(void*), void* argument, Handler handler)
      : function_(function),
        argument_(argument),
        home_(asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  void run() override {
    std::exception_ptr thrown;
    try {
      function_(argument_);
    } catch (...) {
      thrown = std::current_exception();
    }
    asio::post(home_, [handler = std::move(handler_), thrown]() mutable { std::move(handler)(thrown); });
  }

 private:
  using Home = decltype(asio::prefer(asio::get_associated_executor(std::declval<const Handler&>()),
                                     asio::execution::outstanding_work.tracked));
  void (*const function_)(void*);
  void* const argument_;
  const Home home_;
  Handler handler_;
};

}  // namespace

// The threads' lock guards it.
struct DiskPool::Queue : std::enable_shared_from_this<Queue> {
  bool in_line() const { return place.empty(); }

  std::deque<std::unique_ptr<PoolPiece>> pieces;
  std::size_t running = 0;
  std::list<Queue*> place{this};  // one, which is in the line or here: threads take no memory, which could fail
};

class DiskPool::Threads {
 public:
  Threads(std::size_t count, std::size_t max) : max_(max) {
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  }
  // When all that was added is done.
  ~Threads() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
  }

  void add(Queue& queue, std::unique_ptr<PoolPiece> piece) {
    {
      const std::lock_guard lock(mutex_);
      queue.pieces.push_back(std::move(piece));
      line_up(queue);
      if (!queue.in_line()) return;  // it has as many threads as it may have: one of them goes on with it
    }
    wake_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !line_.empty() || closed_; });
      if (line_.empty()) return;
      const auto queue = line_.front()->shared_from_this();
      queue->place.splice(queue->place.begin(), line_, line_.begin());
      std::unique_ptr<PoolPiece> piece = std::move(queue->pieces.front());
      queue->pieces.pop_front();
      ++queue->running;
      line_up(*queue);
      lock.unlock();
      piece->run();
      piece.reset();
      lock.lock();
      --queue->running;
      line_up(*queue);
    }
  }

  // Behind the others, when it has something to do and may.
  void line_up(Queue& queue) {
    if (queue.in_line() || queue.pieces.empty() || queue.running >= max_) return;
    line_.splice(line_.end(), queue.place);
  }

  const std::size_t max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::list<Queue*> line_;  // of those that have work to be done
  bool closed_ = false;
  std::vector<std::jthread> threads_;  // they end before the rest goes
};

DiskPool::DiskPool(std::size_t threads, std::size_t max)
    : queue_(std::make_shared<Queue>()), own_(std::make_unique<Threads>(threads, max)), threads_(*own_) {}

DiskPool::DiskPool(Threads& threads) : queue_(std::make_shared<Queue>()), threads_(threads) {}

DiskPool::~DiskPool() = default;

Task<void> DiskPool::call(void (*function)(void*), void* argument) {
  auto start = [this, function, argument](auto handler) {
    threads_.add(*queue_, std::make_unique<PoolCall<decltype(handler)>>(function, argument, std::move(handler)));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr)>(start, asio::use_awaitable);
}

}  // namespace dftp::net
