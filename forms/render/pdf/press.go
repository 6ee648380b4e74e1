package pdf

import (
	"bytes"
	"compress/flate"
	"hash"
	"hash/adler32"
)

// press packs the content streams of pages, in a goroutine of its own, while the next page is
// laid out: packing is a third of the work on a large table. Every page is packed by itself and
// in order, so what comes out does not depend on who was faster; and what is held of a full page
// is its packed stream.
type press struct {
	packer
	jobs chan job
	free chan []byte // written out, to be used again
	done chan struct{}
	shut bool
	err  error
}

// job is a piece of the content stream of a page: of the last piece, last.
type job struct {
	to   *packed
	raw  []byte
	last bool
}

// packed is a content stream that comes in pieces. sum is the check at its end (RFC 1950).
type packed struct {
	pieces [][]byte
	sum    hash.Hash32
}

func (s packed) length() (n int) {
	for _, p := range s.pieces {
		n += len(p)
	}
	return n
}

// ahead is how many pieces may wait: each is a page of a hundred kilobytes at most.
const ahead = 2

func newPress() *press {
	p := &press{jobs: make(chan job, ahead), free: make(chan []byte, ahead+2), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for j := range p.jobs {
			if p.err == nil {
				p.err = p.add(j)
			}
			select {
			case p.free <- j.raw[:0]:
			default:
			}
		}
	}()
	return p
}

// take returns an empty buffer to write a piece into.
func (p *press) take() []byte {
	select {
	case b := <-p.free:
		return b
	default:
		return nil
	}
}

// stop waits until everything is packed. It may be called again.
func (p *press) stop() error {
	if !p.shut {
		p.shut = true
		close(p.jobs)
	}
	<-p.done
	return p.err
}

// zlibHeader says: deflate, a window of 32 KiB, packed fast (RFC 1950, 2.2).
const zlibHeader = "\x78\x01"

// add packs a piece. The pieces are packed without knowledge of each other, and end on a whole
// byte: so they can be put one behind the other (RFC 1951, 3.2.4).
func (p *packer) add(j job) error {
	if j.to.sum == nil {
		j.to.sum, j.to.pieces = adler32.New(), [][]byte{[]byte(zlibHeader)}
	}
	if _, err := j.to.sum.Write(j.raw); err != nil {
		return err
	}
	out, err := p.deflate(j.raw, j.last)
	if err != nil {
		return err
	}
	if j.last {
		out = j.to.sum.Sum(out)
	}
	j.to.pieces = append(j.to.pieces, bytes.Clone(out))
	return nil
}

// packer packs one piece after the other; what it works with, over a megabyte, is made once.
type packer struct {
	z   *flate.Writer
	out bytes.Buffer
}

// pack packs data as a stream of its own.
func (p *packer) pack(data []byte) ([]byte, error) {
	var s packed
	err := p.add(job{&s, data, true})
	return bytes.Join(s.pieces, nil), err
}

// deflate returns the packed data, which is good until the next call.
func (p *packer) deflate(data []byte, last bool) (_ []byte, err error) {
	p.out.Reset()
	if p.z == nil {
		if p.z, err = flate.NewWriter(&p.out, flate.BestSpeed); err != nil {
			return nil, err
		}
	} else {
		p.z.Reset(&p.out)
	}
	if _, err := p.z.Write(data); err != nil {
		return nil, err
	}
	if last {
		err = p.z.Close()
	} else {
		err = p.z.Flush()
	}
	return p.out.Bytes(), err
}
