package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"regexp"
	"slices"
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
		Login string `yaml:"login"`
		Email string `yaml:"email"`
		Phone string `yaml:"phone"`
		IM    string `yaml:"im"`
		Roles []struct {
			Unit   string `yaml:"unit,required"`
			Role   string `yaml:"role,required"`
			Deputy bool   `yaml:"deputy"`
		} `yaml:"roles,required"`
		Disabled bool `yaml:"disabled"`
	} `yaml:"people,required"`
}

// roles are those a people file may give.
var roles = []store.RoleName{store.Clerk, store.Approver, store.Leader, store.Reviewer}

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
    - {id: chen, name: 陈样二, login: chen, phone: "19900000002", im: chen,
       roles: [{unit: qz-jinjiang, role: clerk, deputy: true}]}

A role is one of
  clerk     填报员: fills in what the unit owes; with deputy: true the B岗, who does the same
            and is told when it grows urgent
  approver  单位审核人: is told while a return waits for their signature
  leader    分管领导: hears of what is overdue, when a person decides so
  reviewer  上级审核员: reviews and compiles what is owed to the unit
Whoever is only told needs no login. im is the person's account at the bridge of the webhook.
The file is read strictly: one fault, and nobody is changed.`,
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

// mobile is a number that a text message can be sent to: of the mainland, or international.
var mobile = regexp.MustCompile(`^(1\d{10}|\+[1-9]\d{6,14})$`)

// readPeople reads a people file; its error is a strict.Problems with everything wrong in it.
func readPeople(name string, b []byte, c *scheduler.Catalogue) ([]store.Person, error) {
	var f peopleFile
	if err := strict.Decode(name, b, &f); err != nil {
		return nil, err
	}
	var problems strict.Problems
	out := make([]store.Person, len(f.People))
	for i, x := range f.People {
		out[i] = store.Person{ID: x.ID, Name: x.Name, Login: x.Login, Email: x.Email, Phone: x.Phone, IM: x.IM, Disabled: x.Disabled}
		if j := slices.IndexFunc(out[:i], func(p store.Person) bool { return p.ID == x.ID }); j >= 0 {
			problems = append(problems, x.At("id").Problem("%q is also the id of %s: give each person an id of their own, and all their roles in one entry", x.ID, out[j].Name))
		}
		if x.ID == store.OperatorID {
			problems = append(problems, x.At("id").Problem("%q stands for whom notify.operator_email names in the settings: choose another id", x.ID))
		}
		if a, err := mail.ParseAddress(x.Email); x.Email != "" && (err != nil || a.Address != x.Email) {
			problems = append(problems, x.At("email").Problem("%q is no e-mail address: write it as lin@example.gov.cn, without a name", x.Email))
		}
		if x.Phone != "" && !mobile.MatchString(x.Phone) {
			problems = append(problems, x.At("phone").Problem("%q takes no text messages: write a mobile number as 11 digits (19900000001) or as +852…, without blanks", x.Phone))
		}
		for j, r := range x.Roles {
			role := store.RoleName(r.Role)
			if !slices.Contains(roles, role) {
				problems = append(problems, x.At(fmt.Sprintf("roles[%d].role", j)).Problem("%q is no role: clerk, approver, leader or reviewer", r.Role))
			}
			if r.Deputy && role != store.Clerk {
				problems = append(problems, x.At(fmt.Sprintf("roles[%d].deputy", j)).Problem("only a clerk has a deputy (B岗): leave it out of the role %s", r.Role))
			}
			twice := out[i].Acts(r.Unit, role)
			if twice {
				problems = append(problems, x.At(fmt.Sprintf("roles[%d]", j)).Problem("%s is %s of %s twice: once is enough", x.Name, r.Role, r.Unit))
			}
			if (role == store.Clerk || role == store.Reviewer) && x.Login == "" && !twice {
				problems = append(problems, x.At(fmt.Sprintf("roles[%d].role", j)).Problem("a %s works in the browser: give %s a login", r.Role, x.Name))
			}
			if c.Unit(r.Unit) == nil {
				problems = append(problems, x.At(fmt.Sprintf("roles[%d].unit", j)).Problem("%q is no unit of the catalogue", r.Unit))
			}
			out[i].Roles = append(out[i].Roles, store.Role{Unit: r.Unit, Name: role, Deputy: r.Deputy})
		}
	}
	return out, problems.Err()
}
