package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/baosong/baosong/cmd/internal/access"
	"github.com/baosong/baosong/cmd/internal/store"
	"github.com/baosong/baosong/config/strict"
	"github.com/baosong/baosong/scheduler"
)

// peopleFile is what `person put` reads.
type peopleFile struct {
	People []struct {
		strict.Pos
		ID    string `yaml:"id,required"`
		Name  string `yaml:"name,required"`
		Login string `yaml:"login,required"`
		Email string `yaml:"email"`
		Phone string `yaml:"phone"`
		Roles []struct {
			Unit string `yaml:"unit,required"`
			Role string `yaml:"role,required"`
		} `yaml:"roles,required"`
		Disabled bool `yaml:"disabled"`
	} `yaml:"people,required"`
}

// shortest is the fewest characters of a password (ASVS 5.0 6.2.1 asks for 8 and advises more).
const shortest = 12

func newPerson() *cobra.Command {
	c := &cobra.Command{Use: "person", Short: "put people into an installation and give them passwords", Args: cobra.NoArgs}
	var s settings
	put := &cobra.Command{
		Use:   "put FILE",
		Short: "insert or update people from a YAML file",
		Long: `put reads people from a YAML file and inserts or updates them by id:

  people:
    - {id: lin, name: 林样一, login: lin, email: lin@example.gov.cn, phone: "",
       roles: [{unit: qz, role: reviewer}]}

A role is clerk (fills in what the unit owes) or reviewer (reviews and compiles what is owed
to the unit). The file is read strictly: one fault, and nobody is changed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			return s.withOffice(cmd, func(ctx context.Context, o *office) error {
				people, err := readPeople(args[0], b, o.Catalogue)
				if err != nil {
					return explain(cmd.ErrOrStderr(), "", err)
				}
				for _, p := range people {
					if err := o.Store.PutPerson(ctx, p, ""); err != nil {
						return err
					}
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d people put\n", len(people))
				return err
			})
		},
	}
	password := &cobra.Command{
		Use:   "password LOGIN",
		Short: "set a person's password, read as one line from standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
			if line = strings.TrimRight(line, "\r\n"); line == "" {
				return usageError{errors.Join(errors.New("no password on standard input: pipe one line"), err)}
			}
			if utf8.RuneCountInString(line) < shortest {
				return fmt.Errorf("the password has fewer than %d characters: choose a longer one", shortest)
			}
			hash, err := access.NewHasher().Hash(line)
			if err != nil {
				return err
			}
			return s.withOffice(cmd, func(ctx context.Context, o *office) error {
				people, err := o.Store.People(ctx)
				if err != nil {
					return err
				}
				for _, p := range people {
					if p.Login == args[0] {
						return o.Store.PutPerson(ctx, p, hash)
					}
				}
				return fmt.Errorf("nobody has the login %q: put the person first (baosong person put FILE)", args[0])
			})
		},
	}
	s.flags(put)
	s.flags(password)
	c.AddCommand(put, password)
	return c
}

// readPeople reads a people file; its error is a strict.Problems with everything wrong in it.
func readPeople(name string, b []byte, c *scheduler.Catalogue) ([]store.Person, error) {
	var f peopleFile
	if err := strict.Decode(name, b, &f); err != nil {
		return nil, err
	}
	var problems strict.Problems
	out := make([]store.Person, len(f.People))
	for i, x := range f.People {
		out[i] = store.Person{ID: x.ID, Name: x.Name, Login: x.Login, Email: x.Email, Phone: x.Phone, Disabled: x.Disabled}
		for j, r := range x.Roles {
			role := store.RoleName(r.Role)
			if role != store.Clerk && role != store.Reviewer {
				problems = append(problems, x.At(fmt.Sprintf("roles[%d].role", j)).Problem("%q is no role: clerk or reviewer", r.Role))
			}
			if c.Unit(r.Unit) == nil {
				problems = append(problems, x.At(fmt.Sprintf("roles[%d].unit", j)).Problem("%q is no unit of the catalogue", r.Unit))
			}
			out[i].Roles = append(out[i].Roles, store.Role{Unit: r.Unit, Name: role})
		}
	}
	return out, problems.Err()
}
